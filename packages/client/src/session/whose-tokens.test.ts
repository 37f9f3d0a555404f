import { beforeEach, describe, expect, it } from 'vitest';
import { clientCredentials } from '../grants/client-credentials.js';
import type { OAuthFetchOptions } from '../oauth-fetch.js';
import type { ClientStore } from '../stores/client-store.js';
import { createMemoryStore } from '../stores/memory-store.js';
import { optionsFor } from '../testing/client-of.js';
import { createProtectedServer, type ProtectedServer } from '../testing/protected-server.js';
import { createSession } from './session.js';

let server: ProtectedServer;
let store: ClientStore;
beforeEach(() => {
  server = createProtectedServer();
  store = createMemoryStore();
});

const open = (options: Partial<OAuthFetchOptions> = {}) => createSession(optionsFor(server, { store, ...options }));
const byHand = (clientId: string) => ({ client: { preRegistered: { clientId, clientSecret: 's3cret' } } });
const machine = () => open({ grant: clientCredentials(), ...byHand('nightly') });

describe('one store, in which a person and a machine sign in', () => {
  it.each([
    ['person', open, machine],
    ['machine', machine, open],
  ] as const)('holds nothing of the %s for the other one', async (_who, one, other) => {
    await one().signIn();
    expect(await other().current()).toBeUndefined();
    expect(await other().status()).toBeUndefined();
  });

  it('has both, each for itself, and ends both where both are meant', async () => {
    const [person, nightly] = [(await open().signIn()).tokens, (await machine().signIn()).tokens];
    expect((await open().current())?.tokens.accessToken).toBe(person.accessToken);
    expect((await machine().current())?.tokens.accessToken).toBe(nightly.accessToken);
    expect((await open().kept()).map(({ clientId }) => clientId)).toEqual([person.clientId, 'nightly']);
    await machine().signOut();
    expect((await open().kept()).map(({ clientId }) => clientId)).toEqual([person.clientId]);
    await machine().signIn();
    expect(await open().signOut('all')).toBe('not_revocable');
    expect(await open().kept()).toEqual([]);
    expect(await open().signOut('all')).toBe('was_signed_out');
  });
});

it('tokens of another client that was registered by hand are none', async () => {
  await open(byHand('one')).signIn();
  expect(await open(byHand('two')).current()).toBeUndefined();
  expect((await open(byHand('one')).current())?.tokens.clientId).toBe('one');
  // Whoever names none takes what there is.
  expect((await open().current())?.tokens.clientId).toBe('one');
});
