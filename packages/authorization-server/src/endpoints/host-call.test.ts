import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ConfigurationError } from '../configuration-error.js';
import { encodeForm, ISSUER } from '../testing/fixtures.js';
import { startTestServer, type TestServer } from '../testing/test-server.js';
import { fromWebRequest } from './web-message.js';

const CONTEXT = { network: '192.0.2.1', correlationId: 'c' };
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

let test: TestServer;
beforeAll(async () => {
  test = await startTestServer();
});
beforeEach(() => {
  test.events.length = 0;
});

const post = (path: string) =>
  new Request(ISSUER + path, { method: 'POST', headers: FORM, body: encodeForm({ token: 'x' }) });

describe.each([
  ['none', undefined],
  ['null', null],
  ['one without an id', { network: '192.0.2.1' }],
  ['one without a network', { correlationId: 'c' }],
])('a host that gives %s for what it knows of a request', (_title, given) => {
  const context = given as never;

  it.each(['/.well-known/oauth-authorization-server', '/jwks', '/authorize', '/account', '/token'])(
    'is told so at %s, and by the same error',
    async (path) => {
      const answers = test.server.fetch(new Request(ISSUER + path), context);
      await expect(answers).rejects.toThrow(ConfigurationError);
      await expect(answers).rejects.toThrow(/^context: must be { network, correlationId }, both texts/);
      expect(test.events).toEqual([]);
    },
  );

  it('is told so where it hands on whole messages, or none of a body', async () => {
    const whole = await fromWebRequest(post('/token'), new URL(`${ISSUER}/token`));
    await expect(test.server.answerWhole(whole, context)).rejects.toThrow(/^context: must be/);
    await expect(test.server.answerUnread(whole, 'body_too_large', context)).rejects.toThrow(/^context: must be/);
  });
});

it.each(['/token', '/revoke', '/device', '/interaction/consent'])(
  'a host that hands on a request for %s whose body it has read is told so',
  async (path) => {
    const request = post(path);
    await request.text();
    const answer = test.server.fetch(request, CONTEXT);
    await expect(answer).rejects.toThrow(ConfigurationError);
    await expect(answer).rejects.toThrow(/^fetch: the body has been read/);
    expect(test.events).toEqual([]);
  },
);

it('leaves a request for nothing of the server alone, whatever became of its body', async () => {
  const request = post('/elsewhere');
  await request.text();
  expect((await test.server.fetch(request, CONTEXT)).status).toBe(404);
});
