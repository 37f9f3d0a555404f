import { beforeEach, describe, expect, it } from 'vitest';
import { BY_DOCUMENT, documentAnswer, useDocumentAuthorization } from '../testing/document-authorization.js';
import { makeProof } from '../testing/dpop-proofs.js';
import { GOOD_REQUEST } from '../testing/test-browser.js';
import { expectRefusal, redemption } from '../testing/test-client.js';
import { startTestServer, type TestServer } from '../testing/test-server.js';
import { selfRestraints } from './self-restraints.js';

const MEMBERS = { dpop_bound_access_tokens: true, require_pushed_authorization_requests: true };
const metadata = { redirect_uris: ['https://app.test/cb'], token_endpoint_auth_method: 'none' };

let test: TestServer;
beforeEach(async () => {
  test = await startTestServer();
});

it('are those that hold', () => {
  const both = { dpopBoundAccessTokens: true, requirePushedAuthorizationRequests: true };
  expect(selfRestraints(both)).toEqual(both);
  expect(selfRestraints({ dpopBoundAccessTokens: false, requirePushedAuthorizationRequests: false })).toEqual({});
});

describe('what a client that registers asks to be held to', () => {
  it('is kept, told again, and held to', async () => {
    const response = await test.postJson('/register', { ...metadata, ...MEMBERS });
    expect(response.status).toBe(201);
    const registered = (await response.json()) as { client_id: string };
    expect(registered).toMatchObject(MEMBERS);
    const { client_id } = registered;
    expect(await test.storage.clients.find('default', client_id)).toMatchObject({
      dpopBoundAccessTokens: true,
      requirePushedAuthorizationRequests: true,
    });
    const redeem = redemption('pcc_none', { client_id });
    await expectRefusal(await test.postForm('/token', redeem), 400, 'invalid_dpop_proof');
    const headers = { dpop: await makeProof(test) };
    await expectRefusal(await test.postForm('/token', redeem, headers), 400, 'invalid_grant');
  });

  it.each([{}, { dpop_bound_access_tokens: false, require_pushed_authorization_requests: null }])(
    'is nothing by %j',
    async (members) => {
      const registered = (await (await test.postJson('/register', { ...metadata, ...members })).json()) as object;
      for (const member of Object.keys(MEMBERS)) expect(registered).not.toHaveProperty(member);
    },
  );

  it.each(Object.keys(MEMBERS))('is true or false: %s', async (member) => {
    for (const value of ['true', 1, [true]]) {
      const refused = await test.postJson('/register', { ...metadata, [member]: value });
      await expectRefusal(refused, 400, 'invalid_client_metadata');
      expect(test.events.at(-1)?.reason).toBe(`${member}_malformed`);
    }
  });
});

describe('what a client asks to be held to by its document', () => {
  const by = useDocumentAuthorization();

  it('is kept', async () => {
    by.answer(documentAnswer(MEMBERS));
    const pushed = await by.test.postForm('/par', { ...GOOD_REQUEST, ...BY_DOCUMENT });
    const { request_uri = '' } = (await pushed.json()) as { request_uri?: string };
    await by.request({ request_uri });
    const kept = { dpopBoundAccessTokens: true, requirePushedAuthorizationRequests: true };
    expect(await by.storedClients()).toMatchObject([kept]);
  });

  it.each(Object.keys(MEMBERS))('is true or false: %s', async (member) => {
    by.answer(documentAnswer({ [member]: 'true' }));
    await by.expectConstantPage(await by.request());
    expect(JSON.stringify(by.test.events)).toContain(`${member}_malformed`);
  });
});
