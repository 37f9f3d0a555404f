import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { fileURLToPath } from 'node:url';
import {
  countOutcomes,
  event,
  grant,
  grantAccess,
  issueCode,
  MARK_LIFETIME_SECONDS,
  marksOf,
  NOW,
  redemptionEvents,
  refreshToken,
  rotationEvents,
  TENANT_A,
  user,
} from '@portcullis/ports/testing';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openSqliteStorage } from './sqlite-storage.js';

interface Call {
  readonly store: 'codes' | 'grants' | 'users' | 'signingKeys';
  readonly act: string;
  readonly parameters: readonly unknown[];
}

const WORKER = fileURLToPath(new URL('./race-worker.mjs', import.meta.url));
const BUILT_STORAGE = new URL('../../dist/sqlite/index.js', import.meta.url).href;

/** Runs one process for each list of calls, all let go at once when the last has loaded, and answers what they got. */
async function race<Answer>(file: string, callsOfEach: readonly (readonly Call[])[]): Promise<Answer[]> {
  const workers = callsOfEach.map((calls) => {
    const child = spawn(process.execPath, [WORKER, BUILT_STORAGE, file], { stdio: ['pipe', 'pipe', 'inherit'] });
    const ended = once(child, 'exit');
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    return { child, calls, ended, lines };
  });
  for (const { lines } of workers) expect((await lines.next()).value).toBe('loaded');
  for (const { child, calls } of workers) child.stdin.write(JSON.stringify(calls));
  const answers = await Promise.all(
    workers.map(async ({ lines, ended }) => {
      const { value } = await lines.next();
      expect(await ended).toEqual([0, null]);
      return JSON.parse(value ?? '[]') as Answer[];
    }),
  );
  return answers.flat();
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
      sealedSuccessor: `sealed ${prefix}-${index}`,
      graceSeconds,
      markLifetimeSeconds: MARK_LIFETIME_SECONDS,
    };
    return { store: 'grants', act: 'rotate', parameters: [TENANT_A, request, NOW, rotationEvents()] };
  });
}

describe('processes that share a file', () => {
  let directory: string;
  let file: string;

  beforeAll(() => {
    // The processes run what is built, which is then this source.
    const root = fileURLToPath(new URL('../../../..', import.meta.url));
    execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-b', 'packages/storage'], { cwd: root });
  }, 120_000);
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'portcullis-processes-'));
    file = join(directory, 'test.db');
  });
  afterEach(async () => {
    await rm(directory, { recursive: true });
  });

  it('open a fresh file at once: its schema is made once, and every one of them works', async () => {
    const add = (index: number): Call => ({
      store: 'users',
      act: 'add',
      parameters: [user({ subject: `s${index}`, username: `u${index}` }), event('user.added')],
    });
    const answers = await race<string>(file, [[add(1)], [add(2)], [add(3)], [add(4)]]);
    expect(answers).toEqual(['added', 'added', 'added', 'added']);
    const storage = await openSqliteStorage({ file });
    expect(await storage.users.list(TENANT_A)).toHaveLength(4);
    await storage.close();
  });

  it('AZ-05 redeem one code fifty times at once: one wins, and the grant ends revoked', async () => {
    const storage = await openSqliteStorage({ file });
    await issueCode(storage);
    const answers = await race<{ outcome: string }>(file, [redemptions(25, 'left'), redemptions(25, 'right')]);
    expect(countOutcomes(answers)).toEqual({ redeemed: 1, replayed: 49 });
    expect(await storage.countEvents('authorization_code.redeemed')).toBe(1);
    expect(await storage.countEvents('authorization_code.replayed')).toBe(49);
    expect(await storage.grants.hasLiveGrant(TENANT_A, 'subject-alice', 'client-1', NOW)).toBe(false);
    expect(await marksOf(storage, 'grant', 'grant-1')).toHaveLength(1);
    await storage.close();
  });

  it('TK-02 rotate one refresh token fifty times at once: one successor, given to all', async () => {
    const storage = await openSqliteStorage({ file });
    await grantAccess(storage);
    const answers = await race<{ outcome: string; sealedSuccessor?: string }>(file, [
      rotations(25, 'left', 60),
      rotations(25, 'right', 60),
    ]);
    expect(countOutcomes(answers)).toEqual({ rotated: 1, repeated: 49 });
    const sealed = new Set(answers.flatMap(({ sealedSuccessor }) => sealedSuccessor ?? []));
    expect(sealed.size).toBe(1);
    const [successor] = [...sealed].map((text) => text.slice('sealed '.length));
    expect((await storage.grants.findByRefreshToken(TENANT_A, successor ?? ''))?.revoked).toBe(false);
    await storage.close();
  });

  it('TK-02 rotate with grace 0 fifty times at once: one wins, and the family is revoked', async () => {
    const storage = await openSqliteStorage({ file });
    await grantAccess(storage);
    const answers = await race<{ outcome: string }>(file, [rotations(25, 'left', 0), rotations(25, 'right', 0)]);
    expect(countOutcomes(answers)).toEqual({ rotated: 1, reused: 49 });
    expect(await storage.grants.hasLiveGrant(TENANT_A, 'subject-alice', 'client-1', NOW)).toBe(false);
    expect(await marksOf(storage, 'grant', 'grant-1')).toHaveLength(1);
    await storage.close();
  });

  it('see what another one committed, at once', async () => {
    const storage = await openSqliteStorage({ file });
    await grantAccess(storage);
    const revoke: Call = {
      store: 'grants',
      act: 'revoke',
      parameters: [TENANT_A, 'grant-1', NOW, MARK_LIFETIME_SECONDS, event('grant.revoked')],
    };
    expect(await race<boolean>(file, [[revoke]])).toEqual([true]);
    expect((await storage.grants.findByRefreshToken(TENANT_A, 'refresh-1'))?.revoked).toBe(true);
    expect(await marksOf(storage, 'grant', 'grant-1')).toHaveLength(1);
    await storage.close();
  });
});
