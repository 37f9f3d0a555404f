import { beforeEach, expect, it } from 'vitest';
import { consentForm } from '../testing/test-browser.js';
import { expectRefusal, obtainCode, redemption, refreshing, type Tokens } from '../testing/test-client.js';
import { readPage } from '../testing/test-pages.js';
import { startTestServer, type TestServer } from '../testing/test-server.js';

const REDIRECT = 'https://app.test/cb';

let test: TestServer;
let client: { readonly client_id: string };
beforeEach(async () => {
  test = await startTestServer({ rememberConsent: true });
  const metadata = { redirect_uris: [REDIRECT], token_endpoint_auth_method: 'none', client_name: 'An app' };
  const { client_id } = (await (await test.postJson('/register', metadata)).json()) as typeof client;
  client = { client_id };
});

/** Describes the client anew and ends nothing: so it looks to what was granted while the act that ends all of it was on its
 * way, which that act did not see. */
async function describeAnew(changes: object): Promise<void> {
  const held = await test.storage.clients.find('default', client.client_id);
  if (held === undefined) throw new Error('The client is gone');
  const event = { type: 'client.registration_changed', outcome: 'allowed', tenantId: 'default' } as const;
  const changed = { ...event, occurredAtEpochSeconds: test.clock.now };
  await test.storage.clients.replaceRegistration(held, { ...held, ...changes }, undefined, changed);
}

const redeem = async (code: string): Promise<Response> => test.postForm('/token', redemption(code, client));

it('DC-06 a code that was issued beside the change of its client is not redeemed', async () => {
  const code = await obtainCode(test, client);
  await describeAnew({ clientName: 'Your bank' });
  await expectRefusal(await redeem(code), 400, 'invalid_grant');
  expect(test.events.at(-1)).toMatchObject({ reason: 'client_became_another', grantId: expect.any(String) });
});

it('DC-06 a code that was redeemed beside the change of its client yields access once', async () => {
  const { refresh_token } = (await (await redeem(await obtainCode(test, client))).json()) as Tokens;
  await describeAnew({ clientName: 'Your bank' });
  await expectRefusal(await test.postForm('/token', refreshing(refresh_token, client)), 400, 'invalid_grant');
  expect(test.events.at(-1)).toMatchObject({ reason: 'client_became_another' });
});

it('DC-06 a consent that was given beside the change of its client is asked for anew, and told to be another', async () => {
  await obtainCode(test, client);
  await describeAnew({ clientName: 'Your bank' });
  const page = await readPage(await test.newBrowser().reachConsent(client));
  const descriptionChanges = [{ member: 'name', was: 'An app', is: 'Your bank' }];
  expect(page).toMatchObject({
    page: 'consent',
    model: { allowedScopes: [], descriptionChanged: true, descriptionChanges },
  });
});

it('DC-06 CB-01 the form of a page that showed the client as it was before decides nothing', async () => {
  const browser = test.newBrowser();
  const form = await consentForm(await browser.reachConsent(client));
  await describeAnew({ clientName: 'Your bank' });
  expect((await browser.submit(form)).status).toBe(403);
});

it('goes on with all of it where what it says otherwise is nothing that a person was told', async () => {
  const code = await obtainCode(test, client);
  await describeAnew({ grantTypes: ['authorization_code', 'refresh_token'], dpopBoundAccessTokens: false });
  const { refresh_token } = (await (await redeem(code)).json()) as Tokens;
  expect((await test.postForm('/token', refreshing(refresh_token, client))).status).toBe(200);
});
