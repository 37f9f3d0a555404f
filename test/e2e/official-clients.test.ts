import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBrowser } from '../support/browser.js';
import { listenForCallback } from '../support/callback.js';
import { type Gate, RELAXED_LIMITS, startGate } from '../support/gate.js';
import { MemoryOAuthProvider } from '../support/memory-provider.js';
import { NOTES_SERVER, SERVER_EVERYTHING } from '../support/paths.js';
import { freePort, type Running, start, until } from '../support/processes.js';
import {
  type ClientKind,
  type ConnectedClient,
  connectClient,
  inBrowser,
  sdkV1,
  sdkV1Of20250618,
  sdkV2,
} from '../support/sdk-clients.js';

let gate: Gate;
let browser: Browser;
let peers: Running[] = [];

beforeAll(async () => {
  const everythingPort = await freePort();
  const notesPort = await freePort();
  peers = [
    start(process.execPath, [SERVER_EVERYTHING, 'streamableHttp'], {
      env: { ...process.env, PORT: String(everythingPort) },
    }),
    start(process.execPath, [NOTES_SERVER, 'http', String(notesPort)]),
  ];
  await until('the upstreams to listen', async () => {
    await Promise.all([everythingPort, notesPort].map((port) => fetch(`http://127.0.0.1:${port}/mcp`)));
    return true;
  });
  gate = await startGate({
    config: `
upstreams:
  - name: everything-stdio
    command: node
    args: [${JSON.stringify(SERVER_EVERYTHING)}, stdio]
  - name: everything-http
    url: http://127.0.0.1:${everythingPort}/mcp
  - name: notes-stdio
    command: node
    args: [${JSON.stringify(NOTES_SERVER)}, stdio]
  - name: notes-http
    url: http://127.0.0.1:${notesPort}/mcp
${RELAXED_LIMITS}`,
  });
  browser = await startBrowser();
});

afterAll(async () => {
  await browser?.close();
  await gate?.stop();
  await Promise.all(peers.map((peer) => peer.stop()));
});

/** The long-running tool of each upstream, three steps. */
const SLOW_TOOL = {
  everything: { name: 'trigger-long-running-operation', args: { duration: 0.6, steps: 3 } },
  notes: { name: 'count_slowly', args: { steps: 3, pauseMilliseconds: 200 } },
};

const ECHO = {
  everything: { name: 'echo', args: { message: 'round trip' }, answer: 'round trip' },
  notes: { name: 'add_note', args: { name: 'kept', note: 'x' }, answer: 'Kept "kept"' },
};

/** Who signs in to which upstream: of each release of an SDK the first by the browser, the others by the forms alone. */
const MATRIX: [ClientKind, 'everything-stdio' | 'everything-http' | 'notes-stdio' | 'notes-http'][] = [
  [sdkV1Of20250618, 'everything-stdio'],
  [sdkV1Of20250618, 'everything-http'],
  [sdkV1, 'everything-stdio'],
  [sdkV1, 'everything-http'],
  [sdkV1, 'notes-stdio'],
  [sdkV1, 'notes-http'],
  [sdkV2('2025-06-18'), 'everything-stdio'],
  [sdkV2('2025-06-18'), 'everything-http'],
  [sdkV2('2025-11-25'), 'everything-stdio'],
  [sdkV2('2025-11-25'), 'everything-http'],
  [sdkV2('2025-11-25', 'auto'), 'everything-stdio'],
  [sdkV2('2025-11-25', 'auto'), 'everything-http'],
  [sdkV2('2026-07-28'), 'notes-stdio'],
  [sdkV2('2026-07-28'), 'notes-http'],
  [sdkV2('2026-07-28', 'auto'), 'notes-stdio'],
  [sdkV2('2026-07-28', 'auto'), 'notes-http'],
];

const releaseOf = ({ name }: ClientKind): string => name.replace(' (auto)', '');
const bySignIn = MATRIX.map(([kind, upstream], index) => {
  const isFirst = MATRIX.findIndex(([other]) => releaseOf(other) === releaseOf(kind)) === index;
  return [kind.name, kind.revision, upstream, isFirst ? 'browser' : 'forms', kind] as const;
});

/** Signs in as a person does who clicks. */
async function connectInBrowser(kind: ClientKind, url: string): Promise<ConnectedClient> {
  const [context, callback] = await Promise.all([browser.newContext(), listenForCallback()]);
  try {
    const provider = new MemoryOAuthProvider(callback.redirectUri, kind.name);
    return await kind.connect(new URL(url), provider, inBrowser(context, callback, gate));
  } finally {
    await Promise.all([context.close(), callback.close()]);
  }
}

describe.concurrent('the official SDKs sign in, list and call through the gate', () => {
  it.each(bySignIn)('%s on %s against %s, by the %s', async (_name, revision, upstream, way, kind) => {
    const url = `${gate.origin}/${upstream}/mcp`;
    const client = await (way === 'browser' ? connectInBrowser(kind, url) : connectClient(kind, url, gate));
    try {
      expect(client.protocolVersion).toBe(revision);
      const which = upstream.startsWith('notes') ? 'notes' : 'everything';
      expect(await client.listTools()).toContain(ECHO[which].name);
      expect(await client.callTool(ECHO[which].name, ECHO[which].args)).toContain(ECHO[which].answer);

      // Nothing is buffered: progress is heard while the call still runs.
      let finished = false;
      const heardWhileRunning: number[] = [];
      const slow = SLOW_TOOL[which];
      await client
        .callTool(slow.name, slow.args, (progress) => {
          if (!finished) heardWhileRunning.push(progress);
        })
        .then(() => {
          finished = true;
        });
      expect(heardWhileRunning.length).toBeGreaterThan(0);

      // RFC 8707, RFC 9068: the token is for this resource and says who may use it.
      const accessToken = client.provider.savedTokens?.access_token ?? '';
      const claims = JSON.parse(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString());
      expect(claims).toMatchObject({
        iss: gate.origin,
        aud: `${gate.origin}/${upstream}/mcp`,
        client_id: client.provider.registration?.client_id,
        tenant_id: 'default',
      });
      expect(client.provider.savedTokens?.refresh_token).toBeTruthy();
    } finally {
      await client.close();
    }
  });
});
