import { beforeEach, describe, expect, it } from 'vitest';
import { authorizationCode } from '../grants/authorization-code.js';
import { createOAuthFetch } from '../oauth-fetch.js';
import type { SignIn } from '../sign-in/sign-in.js';
import { CALL, optionsFor } from '../testing/client-of.js';
import { createProtectedServer, type ProtectedServer } from '../testing/protected-server.js';

let server: ProtectedServer;
let now: number;
/** Windows that are open, at most at once and in all. */
let windows: { open: number; most: number; all: number };
beforeEach(() => {
  server = createProtectedServer();
  now = 1_800_000_000;
  windows = { open: 0, most: 0, all: 0 };
});

const signIn: SignIn = {
  async begin(known) {
    windows.open += 1;
    windows.all += 1;
    windows.most = Math.max(windows.most, windows.open);
    const turn = await server.signIn.begin(known);
    return {
      ...turn,
      async end() {
        windows.open -= 1;
      },
    };
  },
};

const client = () => createOAuthFetch(optionsFor(server, { grant: authorizationCode(signIn), now: () => now }));
const atOnce = (fetch: ReturnType<typeof client>) =>
  Promise.allSettled(Array.from({ length: 20 }, () => fetch(server.serverUrl, CALL)));
const codes = (outcomes: readonly PromiseSettledResult<Response>[]) =>
  outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason.code : outcome.value.status));

describe('twenty calls at once', () => {
  it('CL-07 open one window where the person says no, and all hear of it', async () => {
    server.respond = (url) =>
      new URLSearchParams({ error: 'access_denied', state: url.searchParams.get('state') ?? '', iss: server.issuer });
    expect(codes(await atOnce(client()))).toEqual(Array(20).fill('authorization_refused'));
    expect(windows.all).toBe(1);
  });

  it('CL-07 open three windows in all, one at a time, where the server refuses every token', async () => {
    server.routes.set(`${server.issuer}/token`, ({ form }) =>
      form.get('grant_type') === 'refresh_token'
        ? { status: 400, json: { error: 'invalid_grant' } }
        : { json: { access_token: crypto.randomUUID(), token_type: 'Bearer', refresh_token: crypto.randomUUID() } },
    );
    const fetch = client();
    expect(codes(await atOnce(fetch))).toEqual(Array(20).fill('authorization_exhausted'));
    expect(windows).toEqual({ open: 0, most: 1, all: 3 });
    expect(codes(await atOnce(fetch))).toEqual(Array(20).fill('authorization_exhausted'));
    expect(windows.all).toBe(3);
  });

  it('CL-07 open one window where they all lack the same scope', async () => {
    const fetch = client();
    await fetch(server.serverUrl, CALL);
    server.needed = 'b';
    expect(codes(await atOnce(fetch))).toEqual(Array(20).fill(200));
    expect(windows.all).toBe(2);
  });
});

describe('a server in trouble', () => {
  it.each([429, 503])('CL-07 is left alone for as long as it wants with %i, up to an hour', async (status) => {
    const fetch = client();
    await fetch(server.serverUrl);
    const token = server.routes.get(`${server.issuer}/token`);
    for (const [asked, seconds] of [
      ['120', 120],
      ['999999', 3600],
    ] as const) {
      server.routes.set(`${server.issuer}/token`, () => ({ status, headers: { 'retry-after': asked } }));
      now += 700;
      const before = server.tokenRequests('refresh_token').length;
      for (const later of [0, 1, seconds - 2]) {
        now += later;
        await expect(fetch(server.serverUrl)).rejects.toMatchObject({ code: 'server_unavailable' });
      }
      expect(server.tokenRequests('refresh_token')).toHaveLength(before + 1);
      now += 1;
      if (token !== undefined) server.routes.set(`${server.issuer}/token`, token);
      expect((await fetch(server.serverUrl)).ok).toBe(true);
    }
    expect(windows.all).toBe(1);
  });

  it('CL-11 uses up none of the tries that there are: whoever is refused meanwhile is served when it is back', async () => {
    const fetch = client();
    await fetch(server.serverUrl, CALL);
    server.accepted.clear();
    const token = server.routes.get(`${server.issuer}/token`);
    server.routes.set(`${server.issuer}/token`, () => ({ status: 500 }));
    for (let calls = 0; calls < 5; calls += 1) {
      await expect(fetch(server.serverUrl, CALL)).rejects.toMatchObject({ code: 'server_unavailable' });
    }
    if (token !== undefined) server.routes.set(`${server.issuer}/token`, token);
    expect((await fetch(server.serverUrl, CALL)).ok).toBe(true);
    expect(windows.all).toBe(1);
  });
});
