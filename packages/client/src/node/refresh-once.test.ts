import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createSessionRecords } from '../stores/session-records.js';
import { createFileStore } from './file-store.js';
import { type StoreProcess, startStoreProcess } from './testing/store-process.js';

let directory: string;
let server: Server | undefined;
const started: StoreProcess[] = [];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'portcullis-refresh-'));
});
afterEach(async () => {
  for (const one of started.splice(0))
    if (one.child.exitCode === null && one.child.signalCode === null) await one.kill();
  server?.closeAllConnections();
  server?.close();
  await rm(directory, { recursive: true, force: true });
});

/**
 * An MCP server and its authorization server. A refresh token is rotated at each use, and answered the same again while
 * its successor is unused: the grace window of ours. Any other one that is not the newest ends all.
 *
 * @param isHeld - whether the answer to the refresh of that number is never sent
 */
async function startServer(isHeld: (refresh: number) => boolean) {
  const refreshed: string[] = [];
  const asked: string[] = [];
  let heldUp = (): void => {};
  const firstIsHeld = new Promise<void>((resolve) => {
    heldUp = resolve;
  });
  const listening = createServer((request, response) => {
    const path = String(request.url);
    asked.push(path);
    const json = (document: unknown, status = 200): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(document));
    };
    if (path === '/.well-known/oauth-authorization-server') {
      return json({ issuer: origin, token_endpoint: `${origin}/token`, code_challenge_methods_supported: ['S256'] });
    }
    if (path === '/mcp') {
      const authorization = request.headers.authorization ?? '';
      return authorization === 'Bearer at-1' ? void response.end(authorization) : void response.writeHead(401).end();
    }
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => {
      const form = new URLSearchParams(body);
      refreshed.push(`${form.get('grant_type')} ${form.get('refresh_token')}`);
      if (isHeld(refreshed.length)) return heldUp();
      if (form.get('refresh_token') !== 'rt-0') return json({ error: 'invalid_grant' }, 400);
      setTimeout(
        () => json({ access_token: 'at-1', token_type: 'Bearer', expires_in: 3600, refresh_token: 'rt-1' }),
        200,
      );
    });
  });
  server = listening;
  listening.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  const origin = `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;
  return { origin, serverUrl: `${origin}/mcp`, refreshed, asked, firstIsHeld };
}

/** Processes that all have the same token, which ended an hour ago. */
async function startCallers(count: number, { origin, serverUrl }: { origin: string; serverUrl: string }) {
  const place = { issuer: origin, resource: serverUrl, isLegacy: false };
  const records = createSessionRecords(
    createFileStore({ directory, key: undefined }),
    new URL(serverUrl),
    'default',
    'client_credentials',
  );
  await records.saveTokens(place, {
    issuer: origin,
    resource: serverUrl,
    isLegacy: false,
    issuedAtEpochSeconds: 0,
    clientId: 'client',
    client: undefined,
    accessToken: 'at-0',
    tokenType: 'Bearer',
    expiresAtEpochSeconds: Math.floor(Date.now() / 1000) - 3600,
    refreshToken: 'rt-0',
    scopes: [],
    dpopKey: undefined,
  });
  await records.saveBinding(place);
  const callers = await Promise.all(
    Array.from({ length: count }, () => startStoreProcess('call', { directory, serverUrl, issuer: origin })),
  );
  started.push(...callers);
  return { callers, records, place };
}

const ANSWER = { status: 200, token: 'Bearer at-1' };

it('CL-11 ten processes that wake with one expired token make one refresh', { timeout: 90_000 }, async () => {
  const protectedServer = await startServer(() => false);
  const { callers, records, place } = await startCallers(10, protectedServer);
  for (const caller of callers) caller.go();
  const answers = await Promise.all(callers.map((caller) => caller.next()));
  expect(answers).toEqual(callers.map(() => expect.objectContaining(ANSWER)));
  expect(protectedServer.refreshed).toEqual(['refresh_token rt-0']);
  expect(protectedServer.asked.filter((path) => path === '/mcp')).toHaveLength(10);
  expect(await records.loadTokens(place)).toMatchObject({ accessToken: 'at-1', refreshToken: 'rt-1' });
});

// How long the others wait for it is measured beside the lease: ten seconds at most.
it('F-13 CL-11 kill -9 of the one that refreshes costs the others a wait, and no sign-in', {
  timeout: 90_000,
}, async () => {
  const protectedServer = await startServer((refresh) => refresh === 1);
  const { callers } = await startCallers(4, protectedServer);
  const [holder, ...others] = callers;
  holder?.go();
  await protectedServer.firstIsHeld;
  for (const caller of others) caller.go();
  await holder?.kill();
  const answers = await Promise.all(others.map((caller) => caller.next()));
  expect(answers).toEqual(others.map(() => expect.objectContaining(ANSWER)));
  // The one that died had sent the token already: it is sent once more, and taken by the grace of the server.
  expect(protectedServer.refreshed).toEqual(['refresh_token rt-0', 'refresh_token rt-0']);
  expect(
    answers.flatMap((answer) => (answer as { events: string[] }).events).filter((type) => type === 'signing_in'),
  ).toEqual([]);
});
