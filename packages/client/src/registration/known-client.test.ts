import { describe, expect, it } from 'vitest';
import { authorizationCode } from '../grants/authorization-code.js';
import { OAuthClientError } from '../oauth-client-error.js';
import { createSession } from '../session/session.js';
import { createMemoryStore } from '../stores/memory-store.js';
import { type Answer, createProtectedServer } from '../testing/protected-server.js';
import type { ClientIdentity } from './client-identity.js';

const REVOKE = 'https://as.example/revoke';

const DISOWNED: Answer = { status: 401, json: { error: 'invalid_client' } };

interface Setting {
  /** What the revocation endpoint says of a client. Undefined: it says nothing. */
  readonly answer: (clientId: string) => Answer | undefined;
  readonly times?: number;
  readonly client?: ClientIdentity;
  /** The port that the browser comes back to. */
  readonly portOf?: (time: number) => number;
}

/** Signs in that many times, each time by another process. */
async function signIn({ answer, times = 2, client = {}, portOf = () => 4000 }: Setting) {
  const metadata = {
    revocation_endpoint: REVOKE,
    client_id_metadata_document_supported: true,
  };
  const server = createProtectedServer({ metadata });
  server.routes.set(REVOKE, ({ form }) => {
    const said = answer(form.get('client_id') ?? '');
    if (said === undefined) throw new OAuthClientError('server_unavailable', 'It does not answer.');
    return said;
  });
  const { serverUrl, transport, seen, authorizations } = server;
  const store = createMemoryStore();
  for (let time = 0; time < times; time += 1) {
    const grant = authorizationCode({
      async begin(known) {
        const turn = await server.signIn.begin(known);
        return { ...turn, redirectUri: `http://127.0.0.1:${portOf(time)}/callback` };
      },
    });
    await createSession({ serverUrl, transport, client, grant, store }).signIn();
  }
  return {
    asked: seen.filter(({ url }) => url === REVOKE),
    clientIds: authorizations.map(({ searchParams }) => searchParams.get('client_id') ?? ''),
    issued: server.accepted,
  };
}

describe('a client that registered itself', () => {
  it('registers again where the server has forgotten it, before a person is led there', async () => {
    let first: string | undefined;
    const answer = (clientId: string): Answer => {
      first ??= clientId;
      return clientId === first ? DISOWNED : {};
    };
    const { asked, clientIds, issued } = await signIn({ answer, times: 3 });
    expect(clientIds).toEqual([first, clientIds[1], clientIds[1]]);
    expect(clientIds[1]).not.toBe(first);
    expect(asked.map(({ form }) => form.get('client_id'))).toEqual(clientIds);
    // The question gives nothing away and ends nothing.
    const token = asked[0]?.form.get('token') ?? '';
    expect(token).toMatch(/^[\w-]{43}$/);
    expect([...issued.keys(), 'rt-1', 'rt-2']).not.toContain(token);
  });

  it('registers again once where the server disowns every client, one that it has just made among them', async () => {
    const { asked, clientIds } = await signIn({ answer: () => DISOWNED, times: 5 });
    expect(clientIds).toEqual([clientIds[0], ...Array.from({ length: 4 }, () => clientIds[1])]);
    expect(asked).toHaveLength(2);
  });

  it('is asked about no more there, though another port has it registered again', async () => {
    const portOf = (time: number) => (time < 2 ? 4000 : 4001);
    const { asked, clientIds } = await signIn({ answer: () => DISOWNED, times: 4, portOf });
    expect(clientIds).toEqual([...clientIds.slice(0, 3), clientIds[2]]);
    expect(new Set(clientIds).size).toBe(3);
    expect(asked).toHaveLength(2);
  });

  it.each([
    ['ends what nobody has', {}],
    ['refuses the token', { status: 400, json: { error: 'unsupported_token_type' } }],
    ['refuses it as somebody', { status: 403, json: { error: 'unauthorized_client' } }],
    ['is in trouble', { status: 500, json: { error: 'invalid_client' } }],
    ['answers nothing that can be read', { status: 401 }],
    ['does not answer', undefined],
  ])('is used again where the server %s', async (_what, answer) => {
    const { asked, clientIds } = await signIn({ answer: () => answer });
    expect(new Set(clientIds).size).toBe(1);
    expect(asked).toHaveLength(1);
  });
});

describe('a client that cannot be made anew', () => {
  it.each([
    ['registered by hand', { preRegistered: { clientId: 'by-hand' } }],
    ['known by its document', { metadataDocumentUrl: 'https://app.example/client.json' }],
  ])('is not asked about: %s', async (_what, client) => {
    const { asked, clientIds } = await signIn({ answer: () => DISOWNED, client });
    expect(new Set(clientIds).size).toBe(1);
    expect(asked).toEqual([]);
  });
});
