import { setImmediate as tick } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { createOAuthFetch } from '../oauth-fetch.js';
import { optionsFor } from '../testing/client-of.js';
import { type Answer, createProtectedServer, type ProtectedServer } from '../testing/protected-server.js';

let server: ProtectedServer;
let now: number;
let fetch: ReturnType<typeof createOAuthFetch>;
beforeEach(async () => {
  server = createProtectedServer();
  now = 1_800_000_000;
  fetch = createOAuthFetch(optionsFor(server, { now: () => now }));
  await fetch(server.serverUrl);
});

/** The token endpoint answers nobody until it is told how, and as usual from then on; undefined is its usual answer. */
function hold(): (answer: Answer | undefined) => void {
  const endpoint = `${server.issuer}/token`;
  const usual = server.routes.get(endpoint);
  let release = (_answer: Answer | undefined): void => {};
  const answer = new Promise<Answer | undefined>((resolve) => {
    release = resolve;
  });
  server.routes.set(endpoint, async (request) => (await answer) ?? usual?.(request) ?? {});
  return (value) => {
    release(value);
    if (usual !== undefined) server.routes.set(endpoint, usual);
  };
}

/** Begins twenty calls, and comes back when all of them wait for the same thing. */
async function twentyWaiting(areWaiting: () => boolean) {
  const outcomes = Promise.allSettled(Array.from({ length: 20 }, () => fetch(server.serverUrl)));
  while (!areWaiting()) await tick();
  // What is left for each of them to do in this process takes fewer turns than that.
  for (let turns = 0; turns < 20; turns += 1) await tick();
  return { outcomes };
}

const refreshes = () => server.tokenRequests('refresh_token').length;
const codes = (outcomes: readonly PromiseSettledResult<Response>[]) =>
  outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason.code : outcome.value.status));

describe.each([
  [
    'whose token has ended',
    () => {
      now += 700;
    },
    () => refreshes() > 0,
  ],
  ['whose token is refused', () => server.accepted.clear(), () => refreshes() > 0 && server.calls.length >= 22],
])('twenty calls %s', (_whose, prepare, areWaiting) => {
  it('CL-11 wait for one refresh, however slow it is, and share its token', async () => {
    prepare();
    const release = hold();
    const { outcomes } = await twentyWaiting(areWaiting);
    expect(refreshes()).toBe(1);
    release(undefined);
    expect(codes(await outcomes)).toEqual(Array(20).fill(200));
    expect(refreshes()).toBe(1);
    expect(server.authorizations).toHaveLength(1);
  });

  it('CL-11 share its failure where the server is in trouble, and the next one tries again', async () => {
    prepare();
    const release = hold();
    const { outcomes } = await twentyWaiting(areWaiting);
    release({ status: 500 });
    expect(codes(await outcomes)).toEqual(Array(20).fill('server_unavailable'));
    expect(refreshes()).toBe(1);
    expect((await fetch(server.serverUrl)).ok).toBe(true);
    expect(refreshes()).toBe(2);
    expect(server.authorizations).toHaveLength(1);
  });
});
