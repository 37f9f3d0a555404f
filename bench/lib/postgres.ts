import { execFile, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { chown } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { NotServed } from './target-module.js';

/** A PostgreSQL server of a benchmark's own: empty, with the settings it comes with. */
export interface PostgresServer {
  readonly connectionString: string;
  /** The process that all others of it descend from. */
  readonly processId: number;
  /** Ends it and removes all of it. */
  stop(): Promise<void>;
}

const run = promisify(execFile);
const DEBIAN = '/usr/lib/postgresql';
const START_MILLISECONDS = 20_000;

/** The programs of the newest version that Debian has here. */
function findBinaries(): string {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : [];
  const found = versions.map((version) => join(DEBIAN, version, 'bin')).find((bin) => existsSync(join(bin, 'initdb')));
  if (found === undefined) throw new NotServed('by this machine (apt-get install postgresql)');
  return found;
}

/** It refuses to run as root. */
function serverUser(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (option: string): number => Number(execFileSync('id', [option, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/**
 * Starts it as a child of this process, on the core of this process: not on the one where servers are measured.
 *
 * @throws NotServed where PostgreSQL is not installed
 */
export async function startPostgres(): Promise<PostgresServer> {
  const binaries = findBinaries();
  const user = serverUser();
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-bench-pg-'));
  if (user !== undefined) await chown(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  const options = { ...user, cwd: folder };
  await run(
    join(binaries, 'initdb'),
    ['-D', data, '-A', 'trust', '-U', 'postgres', '-E', 'UTF8', '--locale=C.UTF-8'],
    options,
  );
  const port = await freePort();
  const server = spawn(join(binaries, 'postgres'), ['-D', data, '-p', String(port), '-k', folder, '-h', '127.0.0.1'], {
    ...options,
    stdio: 'ignore',
  });
  const exited = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  const stop = async (): Promise<void> => {
    // "Fast": sessions are ended, what is committed is kept.
    if (server.exitCode === null) server.kill('SIGINT');
    await exited;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await untilReady(join(binaries, 'pg_isready'), port);
    return {
      connectionString: `postgres://postgres@127.0.0.1:${port}/postgres`,
      processId: server.pid ?? 0,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function untilReady(isReady: string, port: number): Promise<void> {
  const end = Date.now() + START_MILLISECONDS;
  for (;;) {
    try {
      await run(isReady, ['-q', '-h', '127.0.0.1', '-p', String(port)]);
      return;
    } catch (error) {
      if (Date.now() > end) throw new Error('PostgreSQL did not start', { cause: error });
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
