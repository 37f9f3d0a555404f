import type { UntrustedFetchFailure } from '@portcullis/ports';
import { beforeEach, describe, expect, it } from 'vitest';
import type { AuthorizationServerOptions } from '../options.js';
import { assertionFields, KEYS, makeTestKey, signAssertion, type TestKey } from '../testing/client-assertions.js';
import { BY_DOCUMENT } from '../testing/document-authorization.js';
import {
  createDocumentHost,
  DOCUMENT_CLIENT,
  type DocumentHost,
  documentOf,
  type HostAnswer,
} from '../testing/document-host.js';
import type { Form } from '../testing/fixtures.js';
import { expectRefusal, obtainCode, redemption, type Tokens } from '../testing/test-client.js';
import { startTestServer, type TestServer } from '../testing/test-server.js';

const DAY = 86_400;

let host: DocumentHost;
let test: TestServer;
beforeEach(async () => {
  host = createDocumentHost();
  test = await startTestServer({}, undefined, { untrustedFetch: host.untrustedFetch });
});

const answer = (changes: HostAnswer | UntrustedFetchFailure): void => void host.answers.set(DOCUMENT_CLIENT, changes);
const restart = async (changes: Partial<AuthorizationServerOptions>): Promise<void> => {
  test = await startTestServer(changes, test.storage, { untrustedFetch: host.untrustedFetch, clock: test.clock });
};
const keyed = (key: TestKey): HostAnswer => {
  const jwks = { keys: [key.publicJwk] };
  return { body: documentOf(DOCUMENT_CLIENT, { token_endpoint_auth_method: 'private_key_jwt', jwks }) };
};
const signed = async (key: TestKey): Promise<Form> =>
  assertionFields(await signAssertion(test, { key, claims: { iss: DOCUMENT_CLIENT, sub: DOCUMENT_CLIENT } }));
const tokensOf = async (proof: Form = {}): Promise<Tokens> => {
  const form = redemption(await obtainCode(test, BY_DOCUMENT), { ...BY_DOCUMENT, ...proof });
  return (await (await test.postForm('/token', form)).json()) as Tokens;
};
const revoke = ({ refresh_token }: Tokens, proof: Form = {}): Promise<Response> =>
  test.postForm('/revoke', { client_id: DOCUMENT_CLIENT, token: refresh_token, ...proof });
async function expectRevoked(response: Response): Promise<void> {
  expect(response.status).toBe(200);
  expect(test.events.at(-1)).toMatchObject({ type: 'grant.revoked', clientId: DOCUMENT_CLIENT });
}

describe('TK-05 F-11 a public client lets go of its access, and nothing is fetched for it', () => {
  it.each<[string, HostAnswer | UntrustedFetchFailure]>([
    ['is gone', 'name_not_resolved'],
    ['does not answer', 'timed_out'],
    ['has no such document any more', { status: 404 }],
  ])('TK-05 F-11 30 days after its host was last asked, which %s', async (_title, gone) => {
    const tokens = await tokensOf();
    answer(gone);
    test.clock.now += 30 * DAY - 1;
    await expectRevoked(await revoke(tokens));
    expect(host.requests).toHaveLength(1);
  });

  it.each<[string, AuthorizationServerOptions['clientIdMetadataDocuments']]>([
    ['its host is denied since', { deniedHosts: ['evil.test'] }],
    ['the operator wants to be asked first', { otherHosts: 'ask' }],
    ['documents are no longer accepted', false],
  ])('TK-05 when %s', async (_title, clientIdMetadataDocuments) => {
    const tokens = await tokensOf();
    await restart(clientIdMetadataDocuments === undefined ? {} : { clientIdMetadataDocuments });
    await expectRevoked(await revoke(tokens));
    expect(host.requests).toHaveLength(1);
  });
});

describe('TK-05 a client with keys lets go of its access', () => {
  it('TK-05 F-11 by the keys of before, while its host is down', async () => {
    answer(keyed(KEYS.ES256));
    const tokens = await tokensOf(await signed(KEYS.ES256));
    answer('timed_out');
    test.clock.now += DAY;
    await expectRefusal(await revoke(tokens), 401, 'invalid_client');
    await expectRefusal(await revoke(tokens, await signed(KEYS.RS256)), 401, 'invalid_client');
    await expectRevoked(await revoke(tokens, await signed(KEYS.ES256)));
  });

  it('TK-05 by the keys that its document has now, and no others', async () => {
    answer(keyed(KEYS.ES256));
    const tokens = await tokensOf(await signed(KEYS.ES256));
    const next = await makeTestKey('ES256', 'next');
    answer(keyed(next));
    test.clock.now += DAY;
    await expectRefusal(await revoke(tokens, await signed(KEYS.ES256)), 401, 'invalid_client');
    await expectRevoked(await revoke(tokens, await signed(next)));
  });

  it('TK-05 that it did not have before', async () => {
    const tokens = await tokensOf();
    answer(keyed(KEYS.ES256));
    test.clock.now += DAY;
    await expectRevoked(await revoke(tokens, await signed(KEYS.ES256)));
  });
});

it('TK-05 a client that was removed, or never was, is still unknown', async () => {
  const tokens = await tokensOf();
  const revocation = { now: test.clock.now, markLifetimeSeconds: 630 };
  await test.storage.clients.remove('default', DOCUMENT_CLIENT, revocation, {
    type: 'client.removed',
    outcome: 'allowed',
    tenantId: 'default',
    occurredAtEpochSeconds: test.clock.now,
  });
  await expectRefusal(await revoke(tokens), 401, 'invalid_client');
  expect(host.requests).toHaveLength(1);
});
