import { setImmediate as tick } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { authorizationCode } from '../grants/authorization-code.js';
import { createOAuthFetch, type OAuthFetchOptions } from '../oauth-fetch.js';
import type { SignIn } from '../sign-in/sign-in.js';
import type { ClientStore } from '../stores/client-store.js';
import { createMemoryStore } from '../stores/memory-store.js';
import { CALL, optionsFor } from '../testing/client-of.js';
import { createProtectedServer, type ProtectedServer } from '../testing/protected-server.js';

let server: ProtectedServer;
let store: ClientStore;
let now: number;
/** The windows that wait for a person; each entry lets the person answer. */
let windows: (() => void)[];
beforeEach(() => {
  server = createProtectedServer();
  store = createMemoryStore();
  now = 1_800_000_000;
  windows = [];
});

/** A person who answers when the test says so. */
const slowPerson: SignIn = {
  begin: async (known) => ({
    ...(await server.signIn.begin(known)),
    run: (url, receive) =>
      new Promise((resolve) => {
        windows.push(() => {
          server.authorizations.push(url);
          void receive(server.respond(url)).then(() => resolve());
        });
      }),
  }),
};

const open = (more: Partial<OAuthFetchOptions> = {}) =>
  createOAuthFetch(optionsFor(server, { store, now: () => now, ...more }));
const slow = { grant: authorizationCode(slowPerson) };

async function windowsOpen(count: number): Promise<void> {
  while (windows.length < count) await tick();
}

/** A call of `named` alone lacks the scope of that name. */
function wantScopeOf(...named: string[]): void {
  const { fetch } = server;
  server.fetch = async (input, init) => {
    const name = named.find((one) => String(init?.body).includes(one));
    server.needed = name ?? '';
    return fetch(input, init);
  };
}
const calling = (name: string): RequestInit => ({
  ...CALL,
  body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name } }),
});

describe('CL-11 while a person is asked for more', () => {
  it('tokens go on being renewed, in this process and in others', async () => {
    await open()(server.serverUrl);
    const fetch = open(slow);
    wantScopeOf('sx');
    const steppedUp = fetch(server.serverUrl, calling('sx'));
    await windowsOpen(1);
    for (const one of [fetch, open(slow)]) {
      now += 700;
      expect((await one(server.serverUrl)).ok).toBe(true);
    }
    expect(server.tokenRequests('refresh_token').map(({ form }) => form.get('refresh_token'))).toEqual([
      'rt-1',
      'rt-2',
    ]);
    windows[0]?.();
    expect((await steppedUp).ok).toBe(true);
    expect(windows).toHaveLength(1);
  });

  it('CL-07 nobody else opens a window, and whoever waits takes what comes of it', async () => {
    const calls = [open(slow), open(slow)].map((fetch) => fetch(server.serverUrl, CALL));
    await windowsOpen(1);
    for (let turns = 0; turns < 50; turns += 1) await tick();
    expect(windows).toHaveLength(1);
    windows[0]?.();
    expect((await Promise.all(calls)).map(({ ok }) => ok)).toEqual([true, true]);
    expect(windows).toHaveLength(1);
  });

  it('CL-10 whoever cancels is heard, and what comes of it serves the next call', async () => {
    const fetch = open(slow);
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(fetch(server.serverUrl, { ...CALL, signal })).rejects.toThrow('enough');
    await expect(fetch(new Request(server.serverUrl, { signal }))).rejects.toThrow('enough');
    expect(server.calls).toEqual([]);
    const controller = new AbortController();
    const cancelled = fetch(server.serverUrl, { ...CALL, signal: controller.signal });
    await windowsOpen(1);
    controller.abort(new Error('enough'));
    await expect(cancelled).rejects.toThrow('enough');
    const next = fetch(server.serverUrl, CALL);
    windows[0]?.();
    expect((await next).ok).toBe(true);
    expect(windows).toHaveLength(1);
  });
});

it('CL-07 two calls that lack a scope each ask for both in the end, and neither for what the other has lost', async () => {
  const fetch = open();
  await fetch(server.serverUrl);
  wantScopeOf('sx', 'sy');
  const responses = await Promise.all(['sx', 'sy'].map((name) => fetch(server.serverUrl, calling(name))));
  expect(responses.map(({ ok }) => ok)).toEqual([true, true]);
  const asked = server.authorizations.map((url) => url.searchParams.get('scope'));
  expect(asked).toEqual(['a', 'a sx', 'a sx sy']);
});
