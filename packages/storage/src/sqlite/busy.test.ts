import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { event, user } from '@portcullis/ports/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isBusy, retryWhileBusy } from './busy.js';
import { type DriverDatabase, openDriver } from './driver.js';
import { openDatabase } from './open-database.js';
import { openSqliteStorage, type SqliteStorage } from './sqlite-storage.js';

describe('a file that another connection is writing to', () => {
  let directory: string;
  let storage: SqliteStorage;
  let other: DriverDatabase;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'portcullis-busy-'));
    const file = join(directory, 'test.db');
    storage = await openSqliteStorage({ file, busyTimeoutMilliseconds: 5, patienceMilliseconds: 5000 });
    other = await openDriver(file, 0);
  });

  afterEach(async () => {
    other.close();
    await storage.close();
    await rm(directory, { recursive: true });
  });

  it('is waited for while other work goes on, and the act then commits', async () => {
    other.exec('BEGIN IMMEDIATE');
    let ticks = 0;
    const timer = setInterval(() => {
      ticks += 1;
      if (ticks === 5) other.exec('COMMIT');
    }, 10);
    try {
      expect(await storage.users.add(user(), event('user.added'))).toBe('added');
      expect(ticks).toBeGreaterThanOrEqual(5);
    } finally {
      clearInterval(timer);
    }
    expect(await storage.countEvents('user.added')).toBe(1);
  });

  it('is given up on with a clear error and no effect, and the connection works on', async () => {
    const file = join(directory, 'test.db');
    const impatient = await openSqliteStorage({ file, busyTimeoutMilliseconds: 5, patienceMilliseconds: 100 });
    other.exec('BEGIN IMMEDIATE');
    const add = impatient.users.add(user(), event('user.added'));
    await expect(add).rejects.toThrow('The database was locked by another process for 100 ms');
    expect(await impatient.users.findByUsername('a', 'alice')).toBeUndefined();
    other.exec('COMMIT');
    expect(await impatient.users.add(user(), event('user.added'))).toBe('added');
    await impatient.close();
    expect(await storage.countEvents('user.added')).toBe(1);
  });

  it('is locked from the start of an act, before the act has read anything', async () => {
    const access = await openDatabase({
      file: join(directory, 'test.db'),
      busyTimeoutMilliseconds: 5,
      patienceMilliseconds: 100,
    });
    await access.write(async () => {
      expect(() => other.exec('BEGIN IMMEDIATE')).toThrow('database is locked');
    });
    other.exec('BEGIN IMMEDIATE');
    other.exec('ROLLBACK');
    await access.close();
  });

  it('can be read meanwhile', async () => {
    await storage.users.add(user(), event('user.added'));
    other.exec('BEGIN IMMEDIATE');
    other.exec('DELETE FROM users');
    expect(await storage.users.findByUsername('a', 'alice')).toEqual(user());
    other.exec('ROLLBACK');
  });

  it('makes the error that isBusy knows, with and without returned rows', () => {
    other.exec('BEGIN IMMEDIATE');
    const refusals = ['BEGIN IMMEDIATE', 'DELETE FROM users RETURNING subject'].map(async (statement) => {
      const third = await openDriver(join(directory, 'test.db'), 0);
      try {
        third.prepare(statement).all();
        return undefined;
      } catch (error) {
        return error;
      } finally {
        third.close();
      }
    });
    return Promise.all(refusals).then((errors) => {
      other.exec('ROLLBACK');
      expect(errors.map(isBusy)).toEqual([true, true]);
    });
  });
});

describe('retryWhileBusy', () => {
  it('repeats nothing but what met a lock', async () => {
    let calls = 0;
    const act = () => {
      calls += 1;
      throw new Error('no such table');
    };
    await expect(retryWhileBusy(act, 1000)).rejects.toThrow('no such table');
    expect(calls).toBe(1);
  });

  it('knows busy and locked by their primary code', () => {
    const withCode = (errcode: number) => Object.assign(new Error('x'), { errcode });
    expect([5, 6, 261, 517].map((code) => isBusy(withCode(code)))).toEqual([true, true, true, true]);
    expect([1, 8, 19, 26].map((code) => isBusy(withCode(code)))).toEqual([false, false, false, false]);
    expect(isBusy('database is locked')).toBe(false);
  });
});
