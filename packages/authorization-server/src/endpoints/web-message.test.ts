import type { WholeRequest } from '@portcullis/ports';
import { beforeEach, describe, expect, it } from 'vitest';
import { encodeForm, ISSUER } from '../testing/fixtures.js';
import { startTestServer, type TestServer } from '../testing/test-server.js';

// One router behind two doors: whatever comes in, both answer alike.

let test: TestServer;
beforeEach(async () => {
  test = await startTestServer();
});

const context = { network: '192.0.2.1', correlationId: 'c' };
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

function whole({ method, path, headers = {}, body = '' }: Sent): WholeRequest {
  const url = new URL(ISSUER + path);
  return {
    method,
    pathname: url.pathname,
    search: url.search,
    header: (name) => headers[name] ?? null,
    body: new TextEncoder().encode(body),
  };
}

async function byWeb({ method, path, headers = {}, body }: Sent): Promise<object> {
  const request = new Request(ISSUER + path, { method, headers, ...(body === undefined ? {} : { body }) });
  const response = await test.server.fetch(request, context);
  const { 'content-type': contentType, ...others } = Object.fromEntries(response.headers);
  return { status: response.status, headers: { ...others, contentType }, body: await response.text() };
}

async function byWhole(sent: Sent): Promise<object> {
  const response = await test.server.answerWhole(whole(sent), context);
  if (response === undefined) throw new Error('It is no endpoint of clients');
  const { 'content-type': contentType, ...others } = response.headers;
  return { ...response, headers: { ...others, contentType }, body: sent.method === 'HEAD' ? '' : response.body };
}

describe('the two doors', () => {
  const basic = { authorization: `Basic ${btoa('nobody:wrong')}` };
  it.each<[string, Sent]>([
    ['a document', { method: 'GET', path: '/.well-known/oauth-authorization-server' }],
    ['the head of a document', { method: 'HEAD', path: '/jwks' }],
    ['a preflight', { method: 'OPTIONS', path: '/token' }],
    ['a method that is not served', { method: 'GET', path: '/token' }],
    ['HEAD where there is no document', { method: 'HEAD', path: '/token' }],
    ['a method that nobody knows', { method: 'PROPFIND', path: '/jwks' }],
    ['a form without its media type', { method: 'POST', path: '/token', body: 'grant_type=authorization_code' }],
    ['a form in the address', { method: 'POST', path: '/token?grant_type=x', headers: FORM, body: '' }],
    ['a form without a body', { method: 'POST', path: '/token', headers: FORM }],
    ['a form that is too large', { method: 'POST', path: '/token', headers: FORM, body: 'a'.repeat(16 * 1024 + 1) }],
    ['a form of the largest size', { method: 'POST', path: '/token', headers: FORM, body: 'a'.repeat(16 * 1024) }],
    [
      'a client that is not known',
      {
        method: 'POST',
        path: '/token',
        headers: { ...FORM, ...basic },
        body: encodeForm({ grant_type: 'client_credentials' }),
      },
    ],
    ['a token that is none', { method: 'POST', path: '/revoke', headers: FORM, body: 'token=x&client_id=pub' }],
    [
      'metadata that is none',
      { method: 'POST', path: '/register', headers: { 'content-type': 'application/json' }, body: '[]' },
    ],
  ])('answer alike to %s', async (_title, sent) => {
    expect(await byWhole(sent)).toEqual(await byWeb(sent));
  });

  it.each(['/authorize', '/account', '/nowhere', '/token/'])('leave %s to the one for browsers', (path) => {
    expect(test.server.answerWhole(whole({ method: 'GET', path }), context)).toBeUndefined();
  });
});

describe('a body that breaks off', () => {
  const broken = (method: string): Request => {
    const body = new ReadableStream({ pull: (controller) => controller.error(new Error('canary of the connection')) });
    return new Request(`${ISSUER}/token`, { method, headers: FORM, body, duplex: 'half' } as RequestInit);
  };

  it('is a failure like any other: recorded, answered, and never thrown at the host', async () => {
    const response = await test.server.fetch(broken('POST'), context);
    expect(response.status).toBe(500);
    const text = await response.text();
    expect(text).toContain('server_error');
    expect(text).not.toContain('canary');
    expect(test.events.at(-1)).toMatchObject({ type: 'token.refused', outcome: 'failed', reason: 'internal_error' });
  });

  it('is not read where the method is refused anyway', async () => {
    expect((await test.server.fetch(broken('PUT'), context)).status).toBe(405);
  });
});
