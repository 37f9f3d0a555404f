import { describe, expect, it } from 'vitest';
import { authorizationCode } from '../grants/authorization-code.js';
import { OAuthClientError } from '../oauth-client-error.js';
import { createSession } from '../session/session.js';
import { type Answer, createProtectedServer } from '../testing/protected-server.js';
import type { ClientIdentity } from './client-identity.js';

const REVOKE = 'https://as.example/revoke';

/** Signs in twice at a server whose revocation endpoint answers so, if it answers. */
async function signInTwice(answer: Answer | undefined, client: ClientIdentity = {}) {
  const metadata = { revocation_endpoint: REVOKE, client_id_metadata_document_supported: true };
  const server = createProtectedServer({ metadata });
  server.routes.set(REVOKE, () => {
    if (answer === undefined) throw new OAuthClientError('server_unavailable', 'It does not answer.');
    return answer;
  });
  const { serverUrl, transport, signIn, seen, authorizations } = server;
  const session = createSession({ serverUrl, transport, client, grant: authorizationCode(signIn) });
  await session.signIn();
  await session.signIn();
  return {
    asked: seen.filter(({ url }) => url === REVOKE),
    clientIds: authorizations.map(({ searchParams }) => searchParams.get('client_id')),
    issued: server.accepted,
  };
}

describe('a client that registered itself', () => {
  it('registers again where the server has forgotten it, before a person is led there', async () => {
    const { asked, clientIds, issued } = await signInTwice({ status: 401, json: { error: 'invalid_client' } });
    expect(new Set(clientIds).size).toBe(2);
    expect(asked).toHaveLength(1);
    // The question gives nothing away and ends nothing.
    const token = asked[0]?.form.get('token') ?? '';
    expect(token).toMatch(/^[\w-]{43}$/);
    expect([...issued.keys(), 'rt-1', 'rt-2']).not.toContain(token);
  });

  it.each([
    ['ends what nobody has', {}],
    ['refuses the token', { status: 400, json: { error: 'unsupported_token_type' } }],
    ['refuses it as somebody', { status: 403, json: { error: 'unauthorized_client' } }],
    ['is in trouble', { status: 500, json: { error: 'invalid_client' } }],
    ['answers nothing that can be read', { status: 401 }],
    ['does not answer', undefined],
  ])('is used again where the server %s', async (_what, answer) => {
    const { asked, clientIds } = await signInTwice(answer);
    expect(new Set(clientIds).size).toBe(1);
    expect(asked).toHaveLength(1);
  });
});

describe('a client that cannot be made anew', () => {
  it.each([
    ['registered by hand', { preRegistered: { clientId: 'by-hand' } }],
    ['known by its document', { metadataDocumentUrl: 'https://app.example/client.json' }],
  ])('is not asked about: %s', async (_what, client) => {
    const { asked, clientIds } = await signInTwice({ status: 401, json: { error: 'invalid_client' } }, client);
    expect(new Set(clientIds).size).toBe(1);
    expect(asked).toEqual([]);
  });
});
