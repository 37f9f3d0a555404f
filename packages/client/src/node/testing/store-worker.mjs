// A process that uses a store, as it was built: node store-worker.mjs TASK PARAMETERS (JSON). Says `ready`, waits for a
// line, and does its task. Prints what came of it as one line of JSON.
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  authorizationCode,
  clientCredentials,
  createFetchTransport,
  createOAuthFetch,
  createSession,
} from '../../../dist/index.js';
import { createFileStore, createGuardedTransport } from '../../../dist/node/index.js';

const [, , task, text] = process.argv;
const parameters = JSON.parse(text);
const store = createFileStore({ directory: parameters.directory, key: undefined });
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

const tasks = {
  /** Keeps one record after the other, each of one character only, without end. */
  async saveForEver({ key }) {
    for (let count = 0; ; count += 1) {
      await store.save(key, { filler: String(count % 10).repeat(100_000) });
      if (count === 0) say('saving');
    }
  },
  /** Keeps a record, and tells what is there afterwards. */
  async saveOnce({ key, record }) {
    const code = await store.save(key, record).then(
      () => 'saved',
      (error) => error.code,
    );
    say({ code, kept: await store.load(key) });
  },
  /** Holds a lease until it is killed. */
  async hold({ key }) {
    await store.withLease(key, async () => {
      say('held');
      await once(process, 'never');
    });
  },
  /** Does `rounds` of read, wait, write under the lease: a second one at the same time would lose a count. */
  async count({ key, rounds }) {
    const path = join(parameters.directory, '..', 'count');
    for (let round = 0; round < rounds; round += 1) {
      await store.withLease(key, async () => {
        const count = Number(await readFile(path, 'utf8'));
        await sleep(2);
        await writeFile(path, String(count + 1));
      });
      // Lets the others have their turn: whoever asks again at once is first.
      await sleep(Math.random() * 200);
    }
    say(rounds);
  },
  /** Works under the lease where the disk takes nothing. */
  async lease({ key }) {
    say(await store.withLease(key, async () => 'worked'));
  },
  /** Calls a protected server. */
  async call({ serverUrl, issuer }) {
    const events = [];
    const fetch = createOAuthFetch({
      serverUrl,
      store,
      grant: clientCredentials(),
      client: { preRegistered: { clientId: 'client', issuer } },
      transport: createFetchTransport(globalThis.fetch),
      onEvent: ({ type }) => events.push(type),
    });
    const response = await fetch(serverUrl);
    say({ status: response.status, token: await response.text(), events });
  },
  /** Wants the token of a sign-in that somebody else has made, renewed where it is due. Nobody is here to sign in. */
  async renew({ serverUrl }) {
    const events = [];
    const session = createSession({
      serverUrl,
      store,
      transport: createGuardedTransport({ serverUrl }),
      grant: authorizationCode({
        begin: async () => {
          throw new Error('Nobody is here to sign in');
        },
      }),
      onEvent: ({ type }) => events.push(type),
    });
    const held = await session.current();
    say({ accessToken: held?.tokens.accessToken, events });
  },
};

say('ready');
await once(process.stdin, 'data');
// Whoever holds a lease for ever is kept alive by this.
const alive = setInterval(() => {}, 1000);
await tasks[task](parameters);
clearInterval(alive);
process.stdin.destroy();
