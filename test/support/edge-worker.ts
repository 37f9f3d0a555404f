import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type OutputChunk, rolldown } from 'rolldown';
import workerd from 'workerd';
import { ROOT } from './paths.js';
import { freePort, start, until } from './processes.js';

const ENTRY = join(ROOT, 'examples/edge-authorization-server/worker.mjs');
const CONFIGURATION = join(ROOT, 'examples/edge-authorization-server/workerd.capnp');

/** The example for the edge, and who may sign in at it. */
export interface EdgeWorker {
  readonly origin: string;
  readonly person: { readonly username: string; readonly password: string };
  readonly resource: string;
  /** Of the resource server `notes`. */
  readonly resourceServerSecret: string;
  /** What it printed. */
  output(): string;
  stop(): Promise<unknown>;
}

/** The example and everything that it imports as one module, from sources, with nothing of Node's put in its place. */
export async function bundleEdgeWorker(): Promise<OutputChunk> {
  const bundle = await rolldown({
    input: ENTRY,
    platform: 'neutral',
    resolve: {
      conditionNames: ['portcullis-source', 'import', 'default'],
      extensionAlias: { '.js': ['.ts', '.js'] },
    },
    logLevel: 'silent',
  });
  try {
    const { output } = await bundle.generate({ format: 'esm', codeSplitting: false });
    return output[0];
  } finally {
    await bundle.close();
  }
}

/** A resource that tokens of the worker are for. */
export const EDGE_RESOURCE = 'https://notes.example.com/mcp';

/**
 * Runs a bundle in workerd, the runtime of Cloudflare Workers, on loopback and by the configuration of the example.
 *
 * @param options - more options of the server, as JSON has them
 * @param changes - of the variables that it is given
 */
export async function startEdgeWorker(
  code: string,
  options: object = {},
  changes: Readonly<Record<string, string>> = {},
): Promise<EdgeWorker> {
  const directory = mkdtempSync(join(tmpdir(), 'portcullis-'));
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const resource = EDGE_RESOURCE;
  const person = { username: 'alice', password: randomBytes(16).toString('hex') };
  const resourceServerSecret = randomBytes(32).toString('base64url');
  mkdirSync(join(directory, 'dist'));
  writeFileSync(join(directory, 'dist/worker.js'), code);
  copyFileSync(CONFIGURATION, join(directory, 'workerd.capnp'));
  const variables = {
    ISSUER: origin,
    MASTER_KEY: randomBytes(32).toString('base64url'),
    RESOURCE: resource,
    RESOURCE_SERVER_SECRET: resourceServerSecret,
    PERSON_NAME: person.username,
    PERSON_PASSWORD: person.password,
    OPTIONS: JSON.stringify(options),
    ...changes,
  };
  const socket = `--socket-addr=http=127.0.0.1:${port}`;
  const running = start(workerd, ['serve', join(directory, 'workerd.capnp'), socket], { env: variables });
  const output = (): string => running.stdout() + running.stderr();
  const stop = async (): Promise<unknown> => {
    const code = await running.stop();
    rmSync(directory, { recursive: true });
    return code;
  };
  try {
    await until('the worker', async () => {
      if (running.child.exitCode !== null) throw new Error(`workerd ended: ${output()}`);
      // Several first requests at once: all wait for the one that builds the server.
      const first = Array.from({ length: 8 }, () => fetch(`${origin}/.well-known/oauth-authorization-server`));
      return Promise.all(first).catch(() => undefined);
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { origin, person, resource, resourceServerSecret, output, stop };
}
