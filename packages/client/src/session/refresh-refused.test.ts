import { beforeEach, describe, expect, it } from 'vitest';
import type { OAuthFetchOptions } from '../oauth-fetch.js';
import type { ClientStore } from '../stores/client-store.js';
import { createMemoryStore } from '../stores/memory-store.js';
import { optionsFor } from '../testing/client-of.js';
import { type Answer, createProtectedServer, type ProtectedServer } from '../testing/protected-server.js';
import { createSession } from './session.js';

let server: ProtectedServer;
let store: ClientStore;
let now: number;
beforeEach(() => {
  server = createProtectedServer();
  store = createMemoryStore();
  now = 1_800_000_000;
});

const open = (options: Partial<OAuthFetchOptions> = {}) =>
  createSession(optionsFor(server, { store, now: () => now, ...options }));
const byHand = (clientSecret: string) => ({
  client: { preRegistered: { clientId: 'conf', clientSecret, authMethod: 'client_secret_post' as const } },
});

/** Refreshes are refused so, where `isRefused` says so, and are answered as usual otherwise. */
function refuse(answer: Answer, isRefused: (form: URLSearchParams) => boolean = () => true): () => void {
  const endpoint = `${server.issuer}/token`;
  const usual = server.routes.get(endpoint);
  const restore = (): void => void (usual !== undefined && server.routes.set(endpoint, usual));
  server.routes.set(endpoint, (request) =>
    request.form.get('grant_type') === 'refresh_token' && isRefused(request.form) ? answer : (usual?.(request) ?? {}),
  );
  return restore;
}

describe('CL-11 a refresh that is refused', () => {
  it.each([
    ['a page that is not there', 404, 'Not Found'],
    ['a client that may not refresh', 400, 'unauthorized_client'],
    ['a resource that it does not know', 400, 'invalid_target'],
    ['a request that it does not read', 400, 'invalid_request'],
  ])('because of %s costs nothing, and is made again', async (_why, status, error) => {
    await open().signIn();
    const restore = refuse({ status, json: { error } });
    now += 700;
    await expect(open().current()).rejects.toMatchObject({ code: 'token_refused' });
    restore();
    expect((await open().current())?.tokens.accessToken).toBe('at-2');
    expect(server.tokenRequests('refresh_token').map(({ form }) => form.get('refresh_token'))).toEqual([
      'rt-1',
      'rt-1',
    ]);
  });

  it('because of a wrong secret costs nothing, and is made again with the right one', async () => {
    await open(byHand('right')).signIn();
    refuse({ status: 401, json: { error: 'invalid_client' } }, (form) => form.get('client_secret') !== 'right');
    now += 700;
    await expect(open(byHand('typo')).current()).rejects.toMatchObject({ code: 'client_refused' });
    expect((await open(byHand('right')).current())?.tokens.accessToken).toBe('at-2');
  });

  it('is not made without the secret of a client that was registered by hand, and is said to want it', async () => {
    await open(byHand('right')).signIn();
    now += 700;
    await expect(open().current()).rejects.toMatchObject({ code: 'configuration_invalid' });
    expect(server.tokenRequests('refresh_token')).toEqual([]);
    expect((await open(byHand('right')).current())?.tokens.accessToken).toBe('at-2');
  });

  it('because the server has forgotten a client that registered itself ends both', async () => {
    await open().signIn();
    refuse({ status: 401, json: { error: 'invalid_client' } });
    now += 700;
    expect(await open().current()).toBeUndefined();
    expect(await open().status()).toBeUndefined();
    await open().signIn();
    const clientIds = server.authorizations.map(({ searchParams }) => searchParams.get('client_id'));
    expect(new Set(clientIds).size).toBe(2);
  });
});
