import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildEndpointPaths } from '../endpoint-urls.js';
import { encodeForm, ISSUER } from '../testing/fixtures.js';
import { GOOD_REQUEST, type TestBrowser } from '../testing/test-browser.js';
import { startTestServer, type TestServer } from '../testing/test-server.js';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'QUERY'] as const;
const { openidMetadata, ...paths } = buildEndpointPaths(new URL(ISSUER));
const endpoints = [...Object.values(paths), ...openidMetadata];

let test: TestServer;
let browser: TestBrowser;

beforeAll(async () => {
  test = await startTestServer({ registrationManagement: true });
});
beforeEach(() => {
  browser = test.newBrowser();
});

/** What a 405 there allows; undefined where the method is answered. */
async function allowedBeside(path: string, method: string): Promise<readonly string[] | undefined> {
  const { status, headers } = await test.send(path, { method });
  expect(status).not.toBe(404);
  if (status !== 405) return undefined;
  return (headers.get('allow') ?? 'nothing at all').split(', ');
}

describe.each(endpoints)('%s', (path) => {
  it('answers 405 with what there is instead, and does not refuse that', async () => {
    for (const method of METHODS) {
      const allowed = await allowedBeside(path, method);
      if (allowed === undefined) continue;
      expect(allowed).not.toContain(method);
      for (const other of METHODS) {
        expect([other, await allowedBeside(path, other)]).toEqual([
          other,
          allowed.includes(other) ? undefined : allowed,
        ]);
      }
    }
  });

  it('says the same of a body that nobody read', async () => {
    for (const method of METHODS) {
      const context = { network: '192.0.2.1', correlationId: method };
      const unread = await test.server.answerUnread({ method, pathname: path }, 'body_too_large', context);
      const whole = await allowedBeside(path, method);
      const allowed = unread.status === 405 ? unread.headers['allow']?.split(', ') : undefined;
      // A preflight has no body; what comes with one is refused with the same words.
      if (method !== 'OPTIONS') expect([method, allowed]).toEqual([method, whole]);
    }
  });
});

describe('HEAD of a page', () => {
  it.each([paths.account, paths.device, paths.consent, paths.accountSignOut, `${paths.interaction}?transaction=x`])(
    'is GET of %s without its body',
    async (path) => {
      const got = await test.send(path);
      const head = await test.send(path, { method: 'HEAD' });
      expect([head.status, await head.text()]).toEqual([got.status, '']);
      const told = ({ headers }: Response) =>
        [...headers].map(([name]) => name).filter((name) => name !== 'content-length');
      expect(told(head)).toEqual(told(got));
      const length = Buffer.byteLength(await got.text());
      expect(head.headers.get('content-length')).toBe(length === 0 ? null : String(length));
    },
  );

  it('shows a consent page as long as it is, and leaves the transaction open', async () => {
    await browser.reachConsent();
    const { headers } = await browser.get(`/authorize?${encodeForm(GOOD_REQUEST)}`);
    const path = headers.get('location') ?? '';
    const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const head = await test.send(path, { method: 'HEAD', headers: { cookie } });
    const got = await test.send(path, { headers: { cookie } });
    expect([head.status, got.status]).toEqual([200, 200]);
    expect(head.headers.get('content-length')).toBe(String(Buffer.byteLength(await got.text())));
  });

  it('begins no authorization: there is none of /authorize', async () => {
    const before = test.events.length;
    const head = await test.send(`/authorize?${encodeForm(GOOD_REQUEST)}`, { method: 'HEAD' });
    expect([head.status, head.headers.get('allow'), head.headers.getSetCookie()]).toEqual([405, 'GET, POST', []]);
    expect(test.events).toHaveLength(before);
  });
});
