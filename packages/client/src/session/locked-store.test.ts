import { describe, expect, it } from 'vitest';
import { authorizationCode } from '../grants/authorization-code.js';
import { OAuthClientError, type OAuthClientErrorCode } from '../oauth-client-error.js';
import type { ClientStore, RecordKey } from '../stores/client-store.js';
import { createMemoryStore } from '../stores/memory-store.js';
import { createProtectedServer } from '../testing/protected-server.js';
import { createSession } from './session.js';

/** A store of which some records cannot be read, until they are kept anew. */
function setUp(
  isUnreadable: (key: RecordKey) => boolean,
  code: OAuthClientErrorCode = 'store_locked',
  memory: ClientStore = createMemoryStore(),
) {
  const server = createProtectedServer();
  const anew = new Set<string>();
  const store: ClientStore = {
    ...memory,
    async load(key) {
      if (isUnreadable(key) && !anew.has(key.kind)) throw new OAuthClientError(code, 'It cannot be read.');
      return memory.load(key);
    },
    async save(key, record) {
      anew.add(key.kind);
      await memory.save(key, record);
    },
  };
  const grant = authorizationCode(server.signIn);
  const session = createSession({ serverUrl: server.serverUrl, transport: server.transport, grant, store });
  return { server, session, memory };
}

describe('a store whose key is not there', () => {
  it('is said to be so at every call, and never taken for one in which nobody has signed in', async () => {
    const { server, session } = setUp(() => true);
    for (let call = 0; call < 2; call += 1) {
      await expect(session.current()).rejects.toMatchObject({ code: 'store_locked' });
      await expect(session.status()).rejects.toMatchObject({ code: 'store_locked' });
    }
    expect(server.seen).toEqual([]);
  });

  it.each([
    ['only the tokens', ({ kind }: RecordKey) => kind === 'tokens', undefined],
    ['all', () => true, undefined],
    ['all, and nobody says what there is', () => true, 503],
  ])('does not keep anybody signed in, where it is that of %s', async (_what, isUnreadable, status) => {
    const before = setUp(() => false);
    await before.session.signIn();
    const { server, session, memory } = setUp(isUnreadable, 'store_locked', before.memory);
    if (status !== undefined) {
      server.routes.set('https://mcp.example/.well-known/oauth-protected-resource/mcp', () => ({ status }));
    }
    expect(await session.signOut()).toBe('not_revoked');
    const place = { resource: server.serverUrl, profile: 'default' };
    expect(await memory.load({ ...place, kind: 'server', issuer: '' })).toBeUndefined();
    // Under a name that nobody tells, what cannot be read lies where it is.
    const left = await memory.load({ ...place, kind: 'tokens', issuer: server.issuer });
    expect(left === undefined).toBe(status === undefined);
  });

  it('is an error where it fails for another reason', async () => {
    const { session } = setUp(() => true, 'store_failed');
    await expect(session.signOut()).rejects.toMatchObject({ code: 'store_failed' });
  });

  it('is written anew by a sign-in, with a registration of its own', async () => {
    const { server, session } = setUp(() => true);
    const { tokens } = await session.signIn();
    expect(server.seen.filter(({ url }) => url.endsWith('/register'))).toHaveLength(1);
    expect(await session.current()).toMatchObject({ tokens: { accessToken: tokens.accessToken } });
    expect(await session.status()).toMatchObject({ clientId: tokens.clientId });
  });

  it('is not written over where it fails for another reason', async () => {
    const { server, session } = setUp(({ kind }) => kind === 'registration', 'store_failed');
    await expect(session.signIn()).rejects.toMatchObject({ code: 'store_failed' });
    expect(server.authorizations).toEqual([]);
  });
});
