import { beforeEach, describe, expect, it } from 'vitest';
import { createOAuthFetch } from '../oauth-fetch.js';
import type { ClientStore } from '../stores/client-store.js';
import { createMemoryStore } from '../stores/memory-store.js';
import { optionsFor } from '../testing/client-of.js';
import { createProtectedServer, type ProtectedServer } from '../testing/protected-server.js';
import { createSession } from './session.js';

let server: ProtectedServer;
let store: ClientStore;
let now: number;
beforeEach(() => {
  server = createProtectedServer();
  store = createMemoryStore();
  now = 1_800_000_000;
});

const options = (own: ClientStore = store) => optionsFor(server, { store: own, now: () => now });
const refreshed = () => server.tokenRequests('refresh_token').map(({ form }) => form.get('refresh_token'));

/** Answers refreshes by `answer`, with any refresh token that was spent refused. */
function answerRefreshes(answer: (refreshToken: string) => object): void {
  const endpoint = `${server.issuer}/token`;
  const usual = server.routes.get(endpoint);
  const spent = new Set<string>();
  server.routes.set(endpoint, (request) => {
    const refreshToken = request.form.get('refresh_token');
    if (refreshToken === null) return usual?.(request) ?? {};
    if (spent.has(refreshToken)) return { status: 400, json: { error: 'invalid_grant' } };
    spent.add(refreshToken);
    return { json: { token_type: 'Bearer', ...answer(refreshToken) } };
  });
}

describe('CL-11 what is refreshed is what the store has', () => {
  it('where another process has refreshed, and that token has ended too', async () => {
    const idle = createOAuthFetch(options());
    await idle(server.serverUrl);
    let round = 0;
    answerRefreshes(() => {
      round += 1;
      const accessToken = `short-${round}`;
      server.accepted.set(accessToken, 'a');
      return { access_token: accessToken, expires_in: 10, refresh_token: `next-${round}` };
    });
    server.accepted.delete('at-1');
    await createOAuthFetch(options())(server.serverUrl);
    now += 11;
    server.accepted.delete('short-1');
    expect((await idle(server.serverUrl)).ok).toBe(true);
    expect(refreshed()).toEqual(['rt-1', 'next-1']);
    expect(server.authorizations).toHaveLength(1);
  });

  it('where another process has signed in since ours could not be kept', async () => {
    const full: ClientStore = { ...store, save: async () => Promise.reject(new Error('ENOSPC')) };
    await createSession(options()).signIn();
    const writable = createSession(options());
    const session = createSession(options(full));
    now += 700;
    await session.current();
    expect((await session.current())?.tokens.refreshToken).toBe('rt-2');
    await writable.signIn();
    now += 700;
    answerRefreshes((refreshToken) => ({ access_token: `of-${refreshToken}`, expires_in: 600 }));
    expect((await session.current())?.tokens.accessToken).toBe('of-rt-3');
    expect(
      await store.load({ kind: 'tokens', issuer: server.issuer, resource: server.serverUrl, profile: 'default' }),
    ).toMatchObject({ refresh_token: 'rt-3' });
  });

  it('where the server gives the same access token and another refresh token', async () => {
    answerRefreshes((refreshToken) => ({ access_token: 'at-1', expires_in: 600, refresh_token: `${refreshToken}+` }));
    const [one, other] = [createSession(options()), createSession(options())];
    await one.signIn();
    await other.current();
    for (const session of [one, other, one]) {
      now += 700;
      await session.current();
    }
    expect(refreshed()).toEqual(['rt-1', 'rt-1+', 'rt-1++']);
  });
});
