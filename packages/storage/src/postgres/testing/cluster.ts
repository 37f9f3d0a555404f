import { execFile } from 'node:child_process';
import { chown, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { freePort } from './free-port.js';

/** A PostgreSQL server of a test's own, on a port of the loopback interface that was free. */
export interface Cluster {
  readonly port: number;
  /** The connection URL of a database, by default as the superuser. Every login gets in, with any password or none. */
  url(database: string, login?: string): string;
  /** One statement, or several without parameters, as the superuser. */
  query<Row extends pg.QueryResultRow>(
    database: string,
    statement: string,
    parameters?: readonly unknown[],
  ): Promise<Row[]>;
  /** A connection of a login's own. */
  connect(database: string, login: string): Promise<pg.Client>;
  /** All that is in a database, as a backup has it. */
  dump(database: string): Promise<string>;
  createDatabase(name: string, owner?: string): Promise<void>;
  /** Stops the server as an operator does (`fast`), or as a power cut does (`immediate`). */
  stop(mode?: 'fast' | 'immediate'): Promise<void>;
  /** Starts it again, on the same port. */
  start(): Promise<void>;
  /** Another server that follows this one (hot standby, asynchronous), and is to be disposed of by itself. */
  startStandby(): Promise<Cluster>;
  /** Resolves when a standby has all that this one has by now. */
  caughtUp(standby: Cluster): Promise<void>;
  /** Makes a standby a server of its own, with what it has. */
  promote(): Promise<void>;
  /** Stops it and removes all of it. */
  dispose(): Promise<void>;
}

const run = promisify(execFile);

/** Where Debian and its kin keep a version each. */
const VERSIONS = '/usr/lib/postgresql';

/** Where the server's programs are: as Debian installs them, the newest, or where POSTGRES_BIN points. @throws when there
 * are none, with what to do */
async function findBinaries(): Promise<string> {
  const versions = await readdir(VERSIONS).catch((): string[] => []);
  const newestFirst = versions.sort((a, b) => b.localeCompare(a, 'en', { numeric: true }));
  const given = process.env['POSTGRES_BIN'];
  const candidates = given === undefined ? newestFirst.map((version) => join(VERSIONS, version, 'bin')) : [given];
  for (const candidate of candidates) {
    const programs = await readdir(candidate).catch((): string[] => []);
    if (programs.includes('initdb') && programs.includes('pg_ctl')) return candidate;
  }
  throw new Error('These tests need the programs of PostgreSQL: apt-get install postgresql, or set POSTGRES_BIN');
}

/** The server refuses to run as root: its files and processes belong to the user that the package made. */
async function serverUser(): Promise<{ readonly uid: number; readonly gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const [uid, gid] = await Promise.all(
    ['-u', '-g'].map(async (option) => Number((await run('id', [option, 'postgres'])).stdout)),
  );
  return { uid: uid ?? 0, gid: gid ?? 0 };
}

/**
 * Makes and starts a private server. What it writes is lost with the machine (no fsync), not with its process. Dispose of
 * it in any case.
 *
 * @throws when PostgreSQL is not installed: its tests never skip
 */
export async function startCluster(settings: readonly string[] = []): Promise<Cluster> {
  const initdb = ['-A', 'trust', '-U', 'postgres', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync'];
  return startServer('initdb', initdb, settings);
}

/** @param maker - the program that fills a data directory, with its `parameters` */
async function startServer(
  maker: 'initdb' | 'pg_basebackup',
  parameters: readonly string[],
  settings: readonly string[],
): Promise<Cluster> {
  const binaries = await findBinaries();
  const user = await serverUser();
  const directory = await mkdtemp(join(tmpdir(), 'portcullis-pg-'));
  if (user !== undefined) await chown(directory, user.uid, user.gid);
  const data = join(directory, 'data');
  const options = { ...user, cwd: directory };
  await run(join(binaries, maker), ['-D', data, ...parameters], options);

  const port = await freePort();
  const serverOptions = [`-p ${port}`, `-k ${directory}`, '-h 127.0.0.1', '-F', ...settings.map((one) => `-c ${one}`)];
  const control = (...parameters: string[]) =>
    run(join(binaries, 'pg_ctl'), ['-D', data, '-w', ...parameters], options);
  const start = () => control('-l', join(directory, 'log'), '-o', serverOptions.join(' '), 'start');
  await start();

  const url = (database: string, login = 'postgres') =>
    `postgres://${encodeURIComponent(login)}@127.0.0.1:${port}/${database}`;

  // One connection for each database, since making one takes longer than most of what is asked.
  const clients = new Map<string, Promise<pg.Client>>();
  async function connect(database: string, login?: string): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: url(database, login) });
    client.on('error', () => clients.delete(database));
    await client.connect();
    return client;
  }
  async function disconnect(): Promise<void> {
    const open = [...clients.values()];
    clients.clear();
    await Promise.allSettled(open.map(async (client) => (await client).end()));
  }
  async function query<Row extends pg.QueryResultRow>(
    database: string,
    statement: string,
    parameters: readonly unknown[] = [],
  ): Promise<Row[]> {
    const connecting = clients.get(database) ?? connect(database);
    clients.set(database, connecting);
    const client = await connecting;
    const { rows } = await client.query<Row>(statement, parameters.length === 0 ? undefined : [...parameters]);
    return rows;
  }

  return {
    port,
    url,
    query,
    connect,
    async dump(database) {
      const { stdout } = await run(join(binaries, 'pg_dump'), ['-d', url(database)], { maxBuffer: 2 ** 26 });
      // Newer programs fence the text with words made at random.
      return stdout.replaceAll(/^\\(un)?restrict .*$/gm, '');
    },
    async createDatabase(name, owner = 'postgres') {
      await query('postgres', `CREATE DATABASE "${name}" OWNER "${owner}"`);
    },
    async stop(mode = 'fast') {
      await disconnect();
      await control('-m', mode, 'stop');
    },
    async start() {
      await start();
    },
    startStandby() {
      const place = ['-h', '127.0.0.1', '-p', String(port), '-U', 'postgres'];
      const backup = ['-X', 'stream', '--checkpoint=fast', '--write-recovery-conf', '--no-sync'];
      return startServer('pg_basebackup', [...place, ...backup], settings);
    },
    async caughtUp(standby) {
      const [row] = await query<{ end: string }>('postgres', 'SELECT pg_current_wal_lsn()::text AS end');
      const replayed = `SELECT 1 WHERE pg_last_wal_replay_lsn() >= '${row?.end}'`;
      while ((await standby.query('postgres', replayed)).length === 0) await sleep(10);
    },
    async promote() {
      await control('promote');
    },
    async dispose() {
      await disconnect();
      await control('-m', 'immediate', 'stop').catch(() => undefined);
      await rm(directory, { recursive: true, force: true });
    },
  };
}
