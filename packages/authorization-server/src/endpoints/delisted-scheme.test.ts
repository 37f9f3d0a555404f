import { beforeEach, describe, expect, it } from 'vitest';
import { configuredClient, ISSUER } from '../testing/fixtures.js';
import { consentForm, GOOD_REQUEST } from '../testing/test-browser.js';
import { expectRefusal } from '../testing/test-client.js';
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

it('AZ-09 sends no answer to an address that was registered with a parameter of answers in its query', async () => {
  const client = configuredClient('old', { source: 'registered', redirectUris: ['https://app.test/cb?iss=x&code=y'] });
  const event = { type: 'client.registered', outcome: 'allowed', tenantId: 'default' } as const;
  await before.storage.clients.register(client, { ...event, occurredAtEpochSeconds: before.clock.now });
  const request = { client_id: 'old', redirect_uri: client.redirectUris[0] };
  const response = await before.newBrowser().authorize(request);
  expect([response.status, response.headers.get('location')]).toEqual([400, null]);
  expect(before.events.at(-1)).toMatchObject({ reason: 'redirect_uri_not_allowed', clientId: 'old' });
  await expectRefusal(await before.postForm('/par', { ...GOOD_REQUEST, ...request }), 400, 'invalid_request');
  expect(before.events.at(-1)).toMatchObject({ reason: 'redirect_uri_not_allowed', clientId: 'old' });
});
