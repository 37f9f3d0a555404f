import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { authorizationCode, createSession } from '@portcullis/client';
import { browserSignIn, createFileStore, createGuardedTransport } from '@portcullis/client/node';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type StoreProcess, startStoreProcess } from '../../packages/client/src/node/testing/store-process.js';
import { authorizeByForms, FormBrowser } from '../support/form-browser.js';
import { type Gate, RELAXED_LIMITS, startGate } from '../support/gate.js';
import { type KeepingProxy, startKeepingProxy } from '../support/keeping-proxy.js';
import { NOTES_SERVER } from '../support/paths.js';
import { freePort } from '../support/processes.js';

let gate: Gate;
let proxy: KeepingProxy;
let serverUrl: string;
let directory: string;
const started: StoreProcess[] = [];

beforeAll(async () => {
  const port = await freePort();
  proxy = await startKeepingProxy(port);
  gate = await startGate({
    port,
    config: `
publicUrl: ${proxy.origin}
upstreams:
  - command: node
    args: [${JSON.stringify(NOTES_SERVER)}, stdio]
refreshGraceSeconds: 60
${RELAXED_LIMITS}`,
  });
  serverUrl = `${proxy.origin}/mcp`;
  directory = join(mkdtempSync(join(tmpdir(), 'portcullis-shared-')), 'store');
  await signIn();
});

afterEach(async () => {
  for (const one of started.splice(0))
    if (one.child.exitCode === null && one.child.signalCode === null) await one.kill();
});

afterAll(async () => {
  await gate?.stop();
  await proxy?.close();
  await rm(join(directory, '..'), { recursive: true, force: true });
});

const store = () => createFileStore({ directory, key: undefined });

/** A person signs in, once for everything below. */
async function signIn(): Promise<void> {
  const start = async (_command: string, args: readonly string[]): Promise<boolean> => {
    void authorizeByForms(new FormBrowser(proxy.origin), args.at(-1) ?? '', gate).then((location) => fetch(location));
    return true;
  };
  const grant = authorizationCode(browserSignIn({ browser: { start }, timeoutSeconds: 60 }));
  await createSession({ serverUrl, store: store(), transport: createGuardedTransport({ serverUrl }), grant }).signIn();
}

/** Processes that wake with a token that has ended an hour ago, for them: the gate still counts from when it was issued. */
async function wakeLate(count: number): Promise<StoreProcess[]> {
  const key = { kind: 'tokens', issuer: proxy.origin, resource: serverUrl, profile: 'default' } as const;
  const record = await store().load(key);
  expect(record).toMatchObject({ refresh_token: expect.any(String) });
  await store().save(key, { ...record, expires_at: Math.floor(Date.now() / 1000) - 3600 });
  const processes = await Promise.all(
    Array.from({ length: count }, () => startStoreProcess('renew', { directory, serverUrl })),
  );
  started.push(...processes);
  return processes;
}

const refreshes = () => proxy.posted('/token').filter((form) => form.get('grant_type') === 'refresh_token');
const told = (type: string) => gate.log().filter((line) => line['type'] === type).length;

async function tokensOf(processes: readonly StoreProcess[]): Promise<readonly string[]> {
  const answers = (await Promise.all(processes.map((one) => one.next()))) as {
    accessToken: string;
    events: string[];
  }[];
  expect(answers.flatMap(({ events }) => events)).not.toContain('signing_in');
  return [...new Set(answers.map(({ accessToken }) => accessToken))];
}

async function isTaken(accessToken: string | undefined): Promise<boolean> {
  const response = await fetch(serverUrl, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${accessToken}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    },
    body: '{"jsonrpc":"2.0","id":1,"method":"ping"}',
  });
  await response.body?.cancel();
  return response.status !== 401;
}

it('CL-11 ten processes that wake with one ended token make one refresh at the real authorization server', async () => {
  const before = refreshes().length;
  const processes = await wakeLate(10);
  for (const one of processes) one.go();
  const tokens = await tokensOf(processes);
  expect(tokens).toHaveLength(1);
  expect(await isTaken(tokens[0])).toBe(true);
  expect(refreshes()).toHaveLength(before + 1);
});

it('CL-11 F-02 F-13 kill -9 of the one that refreshes, whose answer is lost, costs the others no sign-in', async () => {
  const before = refreshes().length;
  const [holder, ...others] = await wakeLate(4);
  const isKept = proxy.keepNext('/token');
  holder?.go();
  // The server has rotated the refresh token, and nobody has the new one.
  await isKept;
  for (const one of others) one.go();
  await holder?.kill();
  const tokens = await tokensOf(others);
  expect(tokens).toHaveLength(1);
  expect(await isTaken(tokens[0])).toBe(true);
  const sent = refreshes().slice(before);
  expect(sent).toHaveLength(2);
  expect(sent[1]?.get('refresh_token')).toBe(sent[0]?.get('refresh_token'));
  expect(told('refresh_token.repeated')).toBe(1);
  // What they have is the family's newest: it goes on.
  const [last] = await wakeLate(1);
  last?.go();
  expect(await isTaken((await tokensOf(last === undefined ? [] : [last]))[0])).toBe(true);
  expect(told('refresh_token.reuse_detected')).toBe(0);
});
