import { setTimeout as sleep } from 'node:timers/promises';
import { StorageUnavailableError } from '@portcullis/ports';
import {
  event,
  grant,
  issueCode,
  MARK_LIFETIME_SECONDS,
  NOW,
  redemptionEvents,
  refreshToken,
  rotate,
  user,
} from '@portcullis/ports/testing';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { takeTurn } from '../sql/turns.js';
import { openPostgresStorage, type PostgresStorage } from './postgres-storage.js';
import { useDatabase } from './testing/database.js';
import { serve } from './testing/serving.js';

const database = useDatabase();

describe('a server that stops', () => {
  let storage: PostgresStorage;

  beforeEach(async () => {
    const { url, clear } = database();
    await clear();
    storage = await openPostgresStorage({ connectionString: url, poolSize: 5 });
  });
  afterEach(() => storage.close());

  /** What became of one code: redeemed and its refresh token rotated, or what was in the way. */
  async function useOneCode(name: string): Promise<'used' | 'unavailable'> {
    try {
      await issueCode(storage, { codeHash: name, grantId: name });
      const answer = await redeem(name);
      if (answer !== 'redeemed') throw new Error(`The code was ${answer}`);
      const rotation = await rotate(storage, { from: name, to: `${name} next`, successor: { grantId: name } });
      if (rotation.outcome !== 'rotated') throw new Error(`The refresh token was ${rotation.outcome}`);
      return 'used';
    } catch (error) {
      if (error instanceof StorageUnavailableError) return 'unavailable';
      throw error;
    }
  }

  async function redeem(name: string): Promise<string> {
    const { redeemed, replayed } = redemptionEvents();
    const { outcome } = await storage.codes.redeem(
      'a',
      name,
      grant({ grantId: name }),
      refreshToken({ grantId: name, tokenHash: name }),
      NOW,
      MARK_LIFETIME_SECONDS,
      { redeemed: { ...redeemed, grantId: name }, replayed: { ...replayed, grantId: name } },
    );
    return outcome;
  }

  it.each(['fast', 'immediate'] as const)(
    'F-03 under load (%s) is unavailable meanwhile, works again by itself, and lets no code be spent twice',
    async (mode) => {
      const { cluster } = database();
      await storage.users.add(user(), event('user.added'));
      const results = new Map<string, 'used' | 'unavailable'>();
      let isRunning = true;
      const load = Promise.all(
        Array.from({ length: 8 }, async (_, worker) => {
          for (let round = 0; isRunning; round += 1) {
            const name = `code ${worker}-${round}`;
            const result = await useOneCode(name);
            results.set(name, result);
            // As a caller does that was told to come back later.
            if (result === 'unavailable') await sleep(20);
          }
        }),
      );
      const count = (wanted: string) => [...results.values()].filter((result) => result === wanted).length;
      const until = async (isTrue: () => boolean) => {
        while (!isTrue()) await sleep(10);
      };

      await until(() => count('used') >= 20);
      await cluster.stop(mode);
      const before = count('unavailable');
      await until(() => count('unavailable') >= before + 20);
      await cluster.start();
      const used = count('used');
      await until(() => count('used') >= used + 20);
      isRunning = false;
      await load;

      // A caller whose answer was lost tries again: it redeems, or is told that it has redeemed. Never both, for nobody.
      const answers = new Map<string, string>();
      for (const name of results.keys()) answers.set(name, await redeem(name));
      for (const [name, result] of results) {
        if (result === 'used') expect(answers.get(name)).toBe('replayed');
      }
      const events = await cluster.query<{ grant: string; count: number }>(
        'portcullis',
        `SELECT body::json ->> 'grantId' AS grant, count(*)::int FROM portcullis.audit_events
          WHERE type = 'authorization_code.redeemed' GROUP BY 1`,
      );
      const redeemed = new Map(events.map((row) => [row.grant, row.count]));
      expect(new Set(redeemed.values())).toEqual(new Set([1]));
      for (const [name, result] of results) if (result === 'used') expect(redeemed.get(name)).toBe(1);
      const grants = await cluster.query('portcullis', 'SELECT grant_id FROM portcullis.grants');
      expect(new Set(grants.map((row) => row['grant_id']))).toEqual(new Set(redeemed.keys()));
    },
    60_000,
  );

  it('TK-01 loses nothing that was used once, also where the database commits without waiting for the disk', async () => {
    const { cluster, url } = database();
    const set = async (...settings: string[]) => {
      for (const setting of settings) await cluster.query('postgres', `ALTER ${setting}`);
      await cluster.query('postgres', 'SELECT pg_reload_conf()');
    };
    await set(`SYSTEM SET wal_writer_delay = '10s'`, 'DATABASE portcullis SET synchronous_commit = off');
    const another = await openPostgresStorage({ connectionString: url, poolSize: 1 });
    const use = (id: string) => another.oneTimeIds.use('a', 'client_assertion', id, NOW + 60, NOW);
    try {
      // Of many that do not wait, the last ones are lost.
      for (let id = 0; id < 20; id += 1) expect(await use(`${id}`)).toBe(true);
      await cluster.stop('immediate');
      await cluster.start();
      expect(await use('19')).toBe(false);
    } finally {
      await set('SYSTEM RESET wal_writer_delay', 'DATABASE portcullis RESET synchronous_commit');
      await another.close();
    }
  });

  it('TK-01 waits for the disk also on a connection that was open when the server was told not to', async () => {
    const { cluster, url } = database();
    const set = async (setting: string) => {
      await cluster.query('postgres', `ALTER SYSTEM ${setting}`);
      await cluster.query('postgres', 'SELECT pg_reload_conf()');
    };
    const { access, close } = serve(url);
    const other = await cluster.connect('portcullis', 'postgres');
    const said = async () =>
      (await access.read('a', (trx) => sql`SELECT current_setting('synchronous_commit') AS said`.execute(trx))).rows;
    try {
      expect(await said()).toEqual([{ said: 'on' }]);
      await set('SET synchronous_commit = off');
      // One that says nothing itself hears of it.
      const heard = async () => (await other.query('SHOW synchronous_commit')).rows[0]?.synchronous_commit;
      while ((await heard()) !== 'off') await sleep(5);
      expect(await said()).toEqual([{ said: 'on' }]);
    } finally {
      await set('RESET synchronous_commit');
      await other.end();
      await close();
    }
  });

  it('F-03 while nothing is asked is not noticed: the first act after it works', async () => {
    const { cluster } = database();
    await storage.users.add(user(), event('user.added'));
    await Promise.all(Array.from({ length: 5 }, () => storage.users.list('a')));
    await cluster.stop('fast');
    await cluster.start();
    expect(await storage.users.findBySubject('a', 'subject-alice')).toEqual(user());
    await expect(storage.ping()).resolves.toBeUndefined();
  });

  it('says so when it is pinged', async () => {
    const { cluster } = database();
    await cluster.stop('fast');
    try {
      await expect(storage.ping()).rejects.toThrow(StorageUnavailableError);
      await expect(storage.users.list('a')).rejects.toThrow('The database cannot answer: nothing listens there');
    } finally {
      await cluster.start();
    }
    await expect(storage.ping()).resolves.toBeUndefined();
  });
});

describe('a server that is held up', () => {
  it('is waited for up to the lock timeout, and the act has then no effect', async () => {
    const { url, cluster, clear } = database();
    await clear();
    const storage = await openPostgresStorage({ connectionString: url, lockTimeoutMilliseconds: 50 });
    const other = await cluster.connect('portcullis', 'postgres');
    await other.query('BEGIN; LOCK TABLE portcullis.audit_events IN ACCESS EXCLUSIVE MODE');
    const add = storage.users.add(user(), event('user.added'));
    await expect(add).rejects.toThrow(StorageUnavailableError);
    await expect(add).rejects.toThrow('a lock was held for too long');
    await other.query('ROLLBACK');
    await other.end();
    expect(await storage.users.list('a')).toEqual([]);
    expect(await storage.users.add(user(), event('user.added'))).toBe('added');
    await storage.close();
  });

  it('is given up on after the statement timeout, and after the wait for a free connection', async () => {
    const { url, cluster } = database();
    const storage = await openPostgresStorage({
      connectionString: url,
      poolSize: 1,
      lockTimeoutMilliseconds: 0,
      statementTimeoutMilliseconds: 1_500,
      connectTimeoutMilliseconds: 1_000,
    });
    const other = await cluster.connect('portcullis', 'postgres');
    await other.query('BEGIN; LOCK TABLE portcullis.users IN ACCESS EXCLUSIVE MODE');
    const answers = await Promise.allSettled([storage.users.list('a'), storage.users.list('a')]);
    const reasons = answers.map((answer) => (answer.status === 'rejected' ? String(answer.reason) : 'answered'));
    expect(reasons).toEqual([
      'StorageUnavailableError: The database cannot answer: a statement took too long',
      'StorageUnavailableError: The database cannot answer: all connections were busy for too long',
    ]);
    await other.query('ROLLBACK');
    await other.end();
    await expect(storage.users.list('a')).resolves.toBeDefined();
    await storage.close();
  });

  it('that has no connection left is unavailable, and works when there is one again', async () => {
    const { cluster } = database();
    await cluster.query('postgres', 'CREATE ROLE limited LOGIN IN ROLE portcullis_app');
    const storage = await openPostgresStorage({ connectionString: cluster.url('portcullis', 'limited'), poolSize: 3 });
    // The connections that looked at the schema take a moment to go.
    const connected = `SELECT 1 FROM pg_stat_activity WHERE usename = 'limited'`;
    while ((await cluster.query('postgres', connected)).length > 1) await sleep(10);
    await cluster.query('postgres', 'ALTER ROLE limited CONNECTION LIMIT 2');
    const other = await cluster.connect('portcullis', 'limited');
    const answers = await Promise.allSettled(Array.from({ length: 20 }, () => storage.users.list('a')));
    const refused = answers.flatMap((answer) => (answer.status === 'rejected' ? [String(answer.reason)] : []));
    expect(new Set(refused)).toEqual(
      new Set(['StorageUnavailableError: The database cannot answer: it has too many connections']),
    );
    await other.end();
    await expect(storage.users.list('a')).resolves.toBeDefined();
    await storage.close();
  });

  it('that was restored from before a migration is unavailable to what came with it, and serves whoever opens it anew', async () => {
    const { cluster } = database();
    await cluster.createDatabase('restored');
    const connectionString = cluster.url('restored');
    await (await openPostgresStorage({ connectionString })).close();
    const storage = await openPostgresStorage({ connectionString });
    const consents = () => storage.consents.listOfUser('a', 'subject-alice');
    const restored = new StorageUnavailableError('The database cannot answer: its schema is another one');
    await cluster.query('restored', 'ALTER TABLE portcullis.consents DROP COLUMN client_description');
    await expect(issueCode(storage)).rejects.toEqual(restored);
    await cluster.query('restored', 'DROP SCHEMA portcullis CASCADE');
    await expect(consents()).rejects.toEqual(restored);
    await (await openPostgresStorage({ connectionString })).close();
    expect(await consents()).toEqual([]);
    await storage.close();
  });

  it('ends one of two acts that wait for each other: it is run again, and both happen', async () => {
    const { url, clear } = database();
    await clear();
    const { access, close } = serve(url);
    let runs = 0;
    let atFirst = 0;
    const crosswise = (one: 'signing_keys' | 'client_approvals', two: 'signing_keys' | 'client_approvals') =>
      access.write('a', async (trx) => {
        runs += 1;
        await takeTurn(trx, 'a', one);
        atFirst += 1;
        // The first time round each has one of the two before either asks for the other.
        while (atFirst < 2) await sleep(5);
        return takeTurn(trx, 'a', two);
      });
    const turns = await Promise.all([
      crosswise('signing_keys', 'client_approvals'),
      crosswise('client_approvals', 'signing_keys'),
    ]);
    expect([...turns].sort()).toEqual([1, 2]);
    expect(runs).toBe(3);
    const { rows } = await access.read('a', (trx) => sql`SELECT turn FROM turns`.execute(trx));
    expect(rows).toEqual([{ turn: 2 }, { turn: 2 }]);
    await close();
  });

  it('is not written to by an act that only reads', async () => {
    const { url } = database();
    const { access, close } = serve(url);
    const write = access.read('a', (trx) => sql`DELETE FROM users`.execute(trx));
    await expect(write).rejects.toThrow('it is read-only');
    await close();
  });
});
