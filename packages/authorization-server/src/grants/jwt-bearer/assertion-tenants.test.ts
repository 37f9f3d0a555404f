import { createMemoryStorage, type MemoryStorage } from '@portcullis/ports/memory';
import { beforeEach, expect, it } from 'vitest';
import type { AuthorizationServerOptions } from '../../options.js';
import { ISSUER, SECRET } from '../../testing/fixtures.js';
import {
  assertionClients,
  byAssertion,
  provider,
  signIdJag,
  startAssertionServer,
} from '../../testing/identity-provider.js';
import { expectRefusal } from '../../testing/test-client.js';
import { basicCredentials } from '../../testing/test-resource-server.js';
import type { TestServer } from '../../testing/test-server.js';

// Two tenants on one store.

const ISSUER_B = `${ISSUER}/t/b`;
let storage: MemoryStorage;
let a: TestServer;

beforeEach(async () => {
  storage = createMemoryStorage();
  a = await startAssertionServer({}, storage);
});

function startB(options: Partial<AuthorizationServerOptions> = {}): Promise<TestServer> {
  const configuredClients = assertionClients.map((client) => ({ ...client, tenantId: 'b' }));
  return startAssertionServer({ tenantId: 'b', issuer: ISSUER_B, configuredClients, ...options }, storage);
}

async function present(test: TestServer, claims: object = {}): Promise<Response> {
  const { issuer } = test.options;
  const assertion = await signIdJag(test, { claims: { client_id: 'bas', aud: issuer, ...claims } });
  const path = `${new URL(issuer).pathname.replace(/\/$/, '')}/token`;
  return test.postForm(path, byAssertion(assertion), basicCredentials('bas', SECRET));
}

it('XG-01 TN-02 an issuer of one tenant is that of nobody at another', async () => {
  const b = await startB({ assertionIssuers: [{ ...provider, issuer: 'https://another.test' }] });
  await expectRefusal(await present(b), 400, 'invalid_grant');
  expect(b.events.at(-1)).toMatchObject({ tenantId: 'b', reason: 'assertion_issuer_unknown' });
  expect((await present(a)).status).toBe(200);
  // What is for one tenant is for no other, also where both trust the issuer.
  const both = await startB();
  await expectRefusal(await present(both, { aud: ISSUER }), 400, 'invalid_grant');
  expect(both.events.at(-1)).toMatchObject({ tenantId: 'b', reason: 'assertion_audience_wrong' });
});

it('XG-04 TN-02 an issuer switched off for one tenant works at another', async () => {
  const b = await startB();
  const { now } = a.clock;
  const event = {
    type: 'assertion_issuer.disabled',
    outcome: 'allowed',
    tenantId: 'default',
    occurredAtEpochSeconds: now,
  } as const;
  await storage.assertionIssuers.disable('default', provider.issuer, [], { now, markLifetimeSeconds: 630 }, event);
  await expectRefusal(await present(a), 400, 'invalid_grant');
  expect(a.events.at(-1)?.reason).toBe('assertion_issuer_disabled');
  expect((await present(b)).status).toBe(200);
});

it('XG-05 TN-02 an id that was used at one tenant is unused at another', async () => {
  const b = await startB();
  const jti = 'one';
  expect((await present(a, { jti })).status).toBe(200);
  expect((await present(b, { jti })).status).toBe(200);
  await expectRefusal(await present(a, { jti }), 400, 'invalid_grant');
  expect(a.events.at(-1)?.reason).toBe('assertion_replayed');
});
