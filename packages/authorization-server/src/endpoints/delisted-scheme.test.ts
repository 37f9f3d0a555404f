import { beforeEach, describe, expect, it } from 'vitest';
import { ISSUER } from '../testing/fixtures.js';
import { consentForm } from '../testing/test-browser.js';
import { readPage } from '../testing/test-pages.js';
import { startTestServer, type TestServer } from '../testing/test-server.js';

/** What an MCP client registers: what follows the scheme looks like a host, and is none. */
const redirect_uri = 'cursor://accounts.google.com/cb';

let before: TestServer;
let client_id: string;
beforeEach(async () => {
  before = await startTestServer();
  const registered = await before.postJson('/register', { redirect_uris: [redirect_uri] });
  client_id = ((await registered.json()) as { client_id: string }).client_id;
});

/** The same server after the operator took the scheme off the list. */
const restart = () =>
  startTestServer({ allowedRedirectSchemes: [] }, before.storage, { platform: before.ports.platform });

it('CB-04 shows a listed private-use redirect by its scheme, since what follows it is no host', async () => {
  const consent = await before.newBrowser().reachConsent({ client_id, redirect_uri });
  expect((await readPage(consent)).model.client.goesTo).toEqual({ kind: 'private-use', scheme: 'cursor' });
});

describe('AZ-09 a scheme that the operator took off the list', () => {
  it.each([
    ['a good request', {}],
    ['a request that names no redirect', { redirect_uri: undefined }],
    ['a request that fails otherwise', { scope: 'no:such' }],
  ])('AZ-09 answers %s on a page, and leaves nothing behind', async (_title, changes) => {
    const after = await restart();
    const browser = after.newBrowser();
    const response = await browser.authorize({ client_id, redirect_uri, ...changes });
    expect(response.status).toBe(400);
    expect(response.headers.get('location')).toBeNull();
    const { page, model } = await readPage(response);
    expect([page, model.code]).toEqual(['error', 'invalid_client']);
    expect(browser.cookies.size).toBe(0);
    expect(after.events.at(-1)).toMatchObject({
      type: 'authorization.refused',
      reason: 'redirect_uri_not_allowed',
      clientId: client_id,
    });
  });

  it('AZ-09 ends what was under way: neither its page nor its form is answered', async () => {
    const browser = before.newBrowser();
    const form = await consentForm(await browser.reachConsent({ client_id, redirect_uri }));
    const after = await restart();
    const { cookies } = browser;
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const opened = await after.send(`/interaction?transaction=${form.fields['transaction']}`, { headers: { cookie } });
    const posted = await after.postForm(form.action, form.fields, { cookie, origin: ISSUER });
    for (const response of [opened, posted]) {
      expect([response.status, (await readPage(response)).page]).toEqual([400, 'error']);
      expect(after.events.at(-1)).toMatchObject({ reason: 'redirect_uri_not_allowed' });
    }
    expect(after.storage.events.some((event) => event.type === 'consent.granted')).toBe(false);
  });
});
