import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { authorizationCode } from '../grants/authorization-code.js';
import type { Transport } from '../http/transport.js';
import { createSessionFetch } from '../oauth-fetch.js';
import { createSession } from '../session/session.js';
import { browserSignIn } from './browser-sign-in.js';
import { createFileStore } from './file-store.js';
import { createGuardedTransport } from './guarded-transport.js';
import { drawnAnswers, LOCATIONS, RIGHT_ANSWERS } from './testing/hostile-answers.js';
import { type HostileWorld, startHostileWorld } from './testing/hostile-world.js';

let world: HostileWorld;
let sandbox: string;
beforeAll(async () => {
  world = await startHostileWorld();
  sandbox = mkdtempSync(join(tmpdir(), 'portcullis-hostile-'));
});
afterAll(async () => {
  await world.close();
  await rm(sandbox, { recursive: true, force: true });
});

/** As long as an endpoint, and a person, is waited for here. */
const LIMIT_MILLISECONDS = 100;
/** A call that has not ended by then never does: much more than all of its limits together. */
const NEVER_MILLISECONDS = 20_000;
/**
 * A call leads to three authorizations at most: each a discovery (two addresses and three), and twice a registration, a
 * visit of the browser and a token request with its nonce. Beside them it is sent five times, along three redirects each,
 * and begins with a refresh.
 */
const MAX_REQUESTS = 3 * (5 + 2 * 4) + 5 * 4 + 5;
const MAX_WINDOWS = 3 * 2;
const SECRET = 'secret-that-was-given-by-hand';

function startClient(directory: string, isByHand: boolean) {
  const guarded = createGuardedTransport({ serverUrl: world.serverUrl, connect: world.dial });
  const transport: Transport = (request) =>
    guarded({ ...request, timeoutMilliseconds: Math.min(request.timeoutMilliseconds, LIMIT_MILLISECONDS) });
  const opened: string[] = [];
  const start = async (_command: string, args: readonly string[]): Promise<boolean> => {
    opened.push(args.at(-1) ?? '');
    void world.browse(args.at(-1) ?? '');
    return true;
  };
  const session = createSession({
    serverUrl: world.serverUrl,
    transport,
    grant: authorizationCode(browserSignIn({ browser: { start }, timeoutSeconds: LIMIT_MILLISECONDS / 1000 })),
    store: createFileStore({ directory, key: undefined }),
    client: isByHand ? { preRegistered: { clientId: 'conf', clientSecret: SECRET, issuer: world.issuer } } : {},
    now: () => world.nowEpochSeconds,
  });
  return { fetch: createSessionFetch(session, world.fetch), session, opened };
}

/** Whether it comes to an end. */
async function ends(work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const never = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, NEVER_MILLISECONDS, false);
  });
  const ended = work.then(
    () => true,
    () => true,
  );
  return Promise.race([ended, never]).finally(() => clearTimeout(timer));
}

it('CL-01 CL-06 CL-07 CL-08 CL-10 whatever servers answer, a client ends, asks so often and no more, and nothing goes where it must not', {
  timeout: 120_000,
}, async () => {
  let runs = 0;
  const rounds = fc.array(drawnAnswers, { minLength: 1, maxLength: 3 });
  const property = fc.asyncProperty(rounds, fc.boolean(), async (drawn, isByHand) => {
    runs += 1;
    world.reset();
    const { fetch, session, opened } = startClient(join(sandbox, String(runs)), isByHand);
    for (const answers of drawn) {
      world.answer(answers);
      const before = { requests: world.requests, windows: opened.length };
      const signal = AbortSignal.timeout(20 * LIMIT_MILLISECONDS);
      const call = fetch(world.serverUrl, { signal }).then((response) => response.body?.cancel());
      expect(await ends(call)).toBe(true);
      expect(world.requests - before.requests).toBeLessThanOrEqual(MAX_REQUESTS);
      expect(opened.length - before.windows).toBeLessThanOrEqual(MAX_WINDOWS);
      world.nowEpochSeconds += 700;
    }
    expect(await ends(session.signOut())).toBe(true);
    expect(world.timesInside).toBe(0);
    for (const address of opened) expect(address).toMatch(/^(https:\/\/|http:\/\/127\.0\.0\.1:)[^\s'"`$;|]+$/);
    expect(world.misplaced(SECRET)).toEqual([]);
  });
  const moved = { ...RIGHT_ANSWERS, resource_metadata: ['moved'] };
  await fc.assert(property, {
    numRuns: 40,
    examples: [
      [[RIGHT_ANSWERS, moved], true],
      [[RIGHT_ANSWERS, moved, RIGHT_ANSWERS], false],
    ],
  });
  // It is of use only where clients get far enough to have something to lose.
  expect([...world.reached].sort()).toEqual([...LOCATIONS].sort());
});
