import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AuditEventType, Storage } from '@portcullis/ports';
import {
  approveDevice,
  authorizationCode,
  consentOf,
  countOutcomes,
  event,
  grant,
  grantAccess,
  identityAssertionUse,
  issueCode,
  MARK_LIFETIME_SECONDS,
  marksOf,
  NOW,
  pushedRequest,
  redemptionEvents,
  redirectAnswer,
  refreshToken,
  rotationEvents,
  signingKey,
  TENANT_A,
  transaction,
  user,
} from '@portcullis/ports/testing';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { MIGRATIONS } from './postgres/migrations/index.js';
import { openPostgresStorage } from './postgres/postgres-storage.js';
import { useDatabase } from './postgres/testing/database.js';
import { openSqliteStorage } from './sqlite/sqlite-storage.js';
import { type Call, type Opening, race } from './testing/race.js';

// Every test starts two or more processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const database = useDatabase();

/** One database, as this process and the racing ones open it. */
interface Shared {
  readonly opening: Opening;
  readonly storage: Storage;
  countEvents(type: AuditEventType): Promise<number>;
  dispose(): Promise<void>;
}

async function shareFile(): Promise<Shared> {
  const directory = await mkdtemp(join(tmpdir(), 'portcullis-processes-'));
  const options = { file: join(directory, 'test.db') };
  const storage = await openSqliteStorage(options);
  return {
    opening: { module: 'sqlite', factory: 'openSqliteStorage', options },
    storage,
    countEvents: storage.countEvents,
    async dispose() {
      await storage.close();
      await rm(directory, { recursive: true });
    },
  };
}

async function shareServer(): Promise<Shared> {
  const { url, clear, countEvents } = database();
  await clear();
  const options = {
    connectionString: url,
    connectTimeoutMilliseconds: 30_000,
    lockTimeoutMilliseconds: 30_000,
    statementTimeoutMilliseconds: 30_000,
  };
  const storage = await openPostgresStorage(options);
  const opening: Opening = { module: 'postgres', factory: 'openPostgresStorage', options };
  return { opening, storage, countEvents, dispose: () => storage.close() };
}

function redemptions(count: number, prefix: string): Call[] {
  return Array.from({ length: count }, (_, index) => {
    const token = refreshToken({ tokenHash: `${prefix}-${index}` });
    const parameters = [TENANT_A, 'code-1', grant(), token, NOW, MARK_LIFETIME_SECONDS, redemptionEvents()];
    return { store: 'codes', act: 'redeem', parameters };
  });
}

function rotations(count: number, prefix: string, graceSeconds: number): Call[] {
  return Array.from({ length: count }, (_, index) => {
    const request = {
      tokenHash: 'refresh-1',
      successor: refreshToken({ tokenHash: `${prefix}-${index}` }),
      successorSalt: `salt of ${prefix}-${index}`,
      graceSeconds,
      markLifetimeSeconds: MARK_LIFETIME_SECONDS,
    };
    return { store: 'grants', act: 'rotate', parameters: [TENANT_A, request, NOW, rotationEvents()] };
  });
}

function deviceRedemptions(count: number, prefix: string): Call[] {
  return Array.from({ length: count }, (_, index) => {
    const token = refreshToken({ tokenHash: `${prefix}-${index}` });
    const redeemed = event('device_code.redeemed');
    const parameters = [TENANT_A, 'device-1', grant(), token, NOW, MARK_LIFETIME_SECONDS, redeemed];
    return { store: 'deviceCodes', act: 'redeem', parameters };
  });
}

function assertionUses(count: number, prefix: string): Call[] {
  const events = { issued: event('identity_assertion.issued'), recognised: event('user.recognised') };
  return Array.from({ length: count }, (_, index) => {
    const use = identityAssertionUse({ grant: grant({ grantId: `${prefix}-${index}` }) });
    return {
      store: 'identityAssertions',
      act: 'redeem',
      parameters: [TENANT_A, use, NOW, MARK_LIFETIME_SECONDS, events],
    };
  });
}

/** Begins transactions with one pushed request, and answers the calls that end them. */
async function pushedIssues({ transactions }: Storage, count: number, prefix: string): Promise<Call[]> {
  const answer = redirectAnswer({ pushedRequestHash: 'pushed-1' });
  const calls: Call[] = [];
  for (let index = 0; index < count; index += 1) {
    const name = `${prefix}-${index}`;
    await transactions.create(transaction({ transactionHash: name, answer }));
    await transactions.authenticate(TENANT_A, name, 'subject-alice', NOW, NOW);
    await transactions.approve(TENANT_A, name, [], NOW);
    const code = authorizationCode({ codeHash: name, grantId: name });
    const parameters = [TENANT_A, name, code, consentOf(code), 'sealed', NOW, event('consent.granted')];
    calls.push({ store: 'transactions', act: 'issue', parameters });
  }
  return calls;
}

function uses(count: number): Call[] {
  const parameters = [TENANT_A, 'dpop_proof', 'id-1', NOW + 60, NOW];
  return Array.from({ length: count }, () => ({ store: 'oneTimeIds', act: 'use', parameters }));
}

function keyRotations(count: number, prefix: string): Call[] {
  return Array.from({ length: count }, (_, index) => {
    const next = signingKey({ keyId: `${prefix}-${index}`, signsFromEpochSeconds: NOW + 60 });
    const parameters = [next, 'key-1', NOW + 600, event('signing_key.rotated')];
    return { store: 'signingKeys', act: 'rotate', parameters };
  });
}

const revocation: Call = {
  store: 'grants',
  act: 'revoke',
  parameters: [TENANT_A, 'grant-1', NOW, MARK_LIFETIME_SECONDS, event('grant.revoked')],
};

beforeAll(() => {
  // The processes run what is built, which is then this source.
  const root = fileURLToPath(new URL('../../..', import.meta.url));
  execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-b', 'packages/storage'], { cwd: root });
}, 120_000);

describe.each([
  ['a SQLite file', shareFile],
  ['a PostgreSQL database', shareServer],
])('processes that share %s', (_, share) => {
  let shared: Shared;

  beforeEach(async () => {
    shared = await share();
  });
  afterEach(async () => {
    await shared.dispose();
  });

  it('AZ-05 redeem one code fifty times at once: one wins, and the grant ends revoked', async () => {
    const { opening, storage, countEvents } = shared;
    await issueCode(storage);
    const answers = await race<{ outcome: string }>(opening, [redemptions(25, 'left'), redemptions(25, 'right')]);
    expect(countOutcomes(answers)).toEqual({ redeemed: 1, replayed: 49 });
    expect(await countEvents('authorization_code.redeemed')).toBe(1);
    expect(await countEvents('authorization_code.replayed')).toBe(49);
    expect(await storage.grants.hasLiveGrant(TENANT_A, 'subject-alice', 'client-1', NOW)).toBe(false);
    expect(await marksOf(storage, 'grant', 'grant-1')).toHaveLength(1);
  });

  it('TK-02 rotate one refresh token fifty times at once: one successor, given to all', async () => {
    const { opening, storage } = shared;
    await grantAccess(storage);
    const answers = await race<{ outcome: string; successorSalt?: string }>(opening, [
      rotations(25, 'left', 60),
      rotations(25, 'right', 60),
    ]);
    expect(countOutcomes(answers)).toEqual({ rotated: 1, repeated: 49 });
    const salts = new Set(answers.flatMap(({ successorSalt }) => successorSalt ?? []));
    expect(salts.size).toBe(1);
    const [successor] = [...salts].map((text) => text.slice('salt of '.length));
    expect((await storage.grants.findByRefreshToken(TENANT_A, successor ?? ''))?.revoked).toBe(false);
  });

  it('TK-02 rotate with grace 0 fifty times at once: one wins, and the family is revoked', async () => {
    const { opening, storage } = shared;
    await grantAccess(storage);
    const answers = await race<{ outcome: string }>(opening, [rotations(25, 'left', 0), rotations(25, 'right', 0)]);
    expect(countOutcomes(answers)).toEqual({ rotated: 1, reused: 49 });
    expect(await storage.grants.hasLiveGrant(TENANT_A, 'subject-alice', 'client-1', NOW)).toBe(false);
    expect(await marksOf(storage, 'grant', 'grant-1')).toHaveLength(1);
  });

  it('rotate while another one revokes: no successor outlives it, and there is one mark', async () => {
    const { opening, storage } = shared;
    await grantAccess(storage);
    const answers = await race<{ outcome: string } | boolean>(opening, [rotations(25, 'left', 60), [revocation]]);
    expect(answers.filter((answer) => answer === true)).toHaveLength(1);
    const outcomes = answers.flatMap((answer) => (typeof answer === 'object' ? [answer] : []));
    expect(countOutcomes(outcomes)['rotated'] ?? 0).toBeLessThanOrEqual(1);
    expect(countOutcomes(outcomes)['reused']).toBeUndefined();
    expect((await storage.grants.find(TENANT_A, 'grant-1'))?.revoked).toBe(true);
    expect(await marksOf(storage, 'grant', 'grant-1')).toHaveLength(1);
  });

  it('DV-01 XG-05 PD-01 use up one device code, one assertion and one pushed request twenty times at once: one wins each', async () => {
    const { opening, storage, countEvents } = shared;
    await approveDevice(storage);
    await storage.pushedRequests.create(pushedRequest());
    const used = await countEvents('consent.granted');
    const callsOf = async (name: string) => [
      ...deviceRedemptions(10, name),
      ...assertionUses(10, name),
      ...(await pushedIssues(storage, 10, name)),
    ];
    const calls = [await callsOf('left'), await callsOf('right')];
    const answers = await race<string | { outcome: string }>(opening, calls);
    const counts = countOutcomes(answers.map((answer) => (typeof answer === 'string' ? { outcome: answer } : answer)));
    expect(counts).toEqual({ redeemed: 1, issued: 2, replayed: 19, refused: 19 + 19 });
    expect(await countEvents('device_code.redeemed')).toBe(1);
    expect(await countEvents('identity_assertion.issued')).toBe(1);
    expect(await countEvents('consent.granted')).toBe(used + 1);
    // That of the device, and that of the assertion. Nobody who lost ended either.
    expect(await storage.grants.listOfUser(TENANT_A, 'subject-alice', NOW)).toHaveLength(2);
    expect(await storage.revocationMarks.after(TENANT_A, 0, NOW)).toEqual([]);
    expect((await storage.pushedRequests.find(TENANT_A, 'pushed-1'))?.used).toBe(true);
  });

  it('PD-03 use the id of one proof fifty times at once: one may', async () => {
    const answers = await race<boolean>(shared.opening, [uses(25), uses(25)]);
    expect(answers.filter((answer) => answer)).toHaveLength(1);
  });

  it('rotate the signing key twenty times at once: it gets one successor', async () => {
    const { opening, storage, countEvents } = shared;
    await storage.signingKeys.addFirst(signingKey(), event('signing_key.created'));
    const answers = await race<string>(opening, [keyRotations(10, 'left'), keyRotations(10, 'right')]);
    expect(answers.filter((answer) => answer === 'rotated')).toHaveLength(1);
    expect(answers.filter((answer) => answer === 'superseded')).toHaveLength(19);
    expect(await storage.signingKeys.list(TENANT_A)).toHaveLength(2);
    expect(await countEvents('signing_key.rotated')).toBe(1);
  });

  it('see what another one committed, at once', async () => {
    const { opening, storage } = shared;
    await grantAccess(storage);
    expect(await race<boolean>(opening, [[revocation]])).toEqual([true]);
    expect((await storage.grants.findByRefreshToken(TENANT_A, 'refresh-1'))?.revoked).toBe(true);
    expect(await marksOf(storage, 'grant', 'grant-1')).toHaveLength(1);
  });
});

describe('processes that open at once', () => {
  const add = (index: number): Call => ({
    store: 'users',
    act: 'add',
    parameters: [user({ subject: `s${index}`, username: `u${index}` }), event('user.added')],
  });
  const calls = [[add(1)], [add(2)], [add(3)], [add(4)]];
  const added = ['added', 'added', 'added', 'added'];

  it('a fresh file: its schema is made once, and every one of them works', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'portcullis-processes-'));
    const options = { file: join(directory, 'test.db') };
    expect(await race<string>({ module: 'sqlite', factory: 'openSqliteStorage', options }, calls)).toEqual(added);
    const storage = await openSqliteStorage(options);
    expect(await storage.users.list(TENANT_A)).toHaveLength(4);
    await storage.close();
    await rm(directory, { recursive: true });
  });

  it('a fresh database: its schema is made once, and every one of them works', async () => {
    const { cluster } = database();
    await cluster.createDatabase('fresh');
    const options = { connectionString: cluster.url('fresh'), connectTimeoutMilliseconds: 30_000 };
    const opening: Opening = { module: 'postgres', factory: 'openPostgresStorage', options };
    expect(await race<string>(opening, calls)).toEqual(added);
    const [row] = await cluster.query<{ count: number }>(
      'fresh',
      'SELECT count(*)::int FROM portcullis.schema_version',
    );
    expect(row?.count).toBe(MIGRATIONS.length);
  });
});
