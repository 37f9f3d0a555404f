import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ConfigProblem } from './config-problem.js';
import { describeDatabase, describeMigrated, resolveDatabase } from './resolve-database.js';

const url = 'postgres://gate:canary@db.example.com:6432/gate';
const directory = mkdtempSync(join(tmpdir(), 'portcullis-'));
writeFileSync(join(directory, 'url'), `${url}\n`);
const working = mkdtempSync(join(tmpdir(), 'portcullis-'));
writeFileSync(join(working, 'url-here'), `${url}\n`);

function resolve(
  environment: Record<string, string>,
  input?: Parameters<typeof resolveDatabase>[0],
): { found: ReturnType<typeof resolveDatabase>; problems: ConfigProblem[] } {
  const problems: ConfigProblem[] = [];
  const source = { environment, baseDirectory: directory };
  return { found: resolveDatabase(input, source, working, (problem) => void problems.push(problem)), problems };
}

describe('where the database is', () => {
  it('is SQLite when nothing names another', () => {
    expect(resolve({})).toEqual({ found: undefined, problems: [] });
  });

  it.each<[string, Record<string, string>, Parameters<typeof resolveDatabase>[0]?]>([
    ['the environment', { DATABASE_URL: url }],
    ['a file that the environment names, from the working directory', { DATABASE_URL_FILE: 'url-here' }],
    ['the configuration, by a variable', { GATE_DB: url }, { url: { env: 'GATE_DB' } }],
    ['the configuration, by a file', {}, { url: { file: 'url' } }],
    ['the environment, before the configuration', { DATABASE_URL: url }, { url: { file: 'not-there' } }],
  ])('is what %s says', (_what, environment, input) => {
    expect(resolve(environment, input)).toEqual({ found: { url, migrationUrl: undefined }, problems: [] });
  });

  it.each(['disable', 'require', 'verify-full', 'no-verify'])('is reached with the sslmode %s', (mode) => {
    const database = `${url}?sslmode=${mode}`;
    expect(resolve({ DATABASE_URL: database }).found).toEqual({ url: database, migrationUrl: undefined });
  });

  it('may have a login of its own for migrations', () => {
    const migrationUrl = 'postgresql://owner:canary@db.example.com/gate';
    expect(resolve({ DATABASE_URL: url, DATABASE_MIGRATION_URL: migrationUrl }).found).toEqual({ url, migrationUrl });
    expect(resolve({ A: url, B: migrationUrl }, { url: { env: 'A' }, migrationUrl: { env: 'B' } }).found).toEqual({
      url,
      migrationUrl,
    });
  });

  it('never pairs a database of the environment with the login for migrations of the configuration', () => {
    const input = { url: { env: 'A' }, migrationUrl: { env: 'B' } };
    const prod = 'postgres://owner:canary@db.example.com/prod';
    const environment = { A: prod, B: prod, DATABASE_URL: url };
    expect(resolve(environment, input).found).toEqual({ url, migrationUrl: undefined });
    expect(resolve({ ...environment, DATABASE_MIGRATION_URL: url }, input).found).toEqual({ url, migrationUrl: url });
  });

  it('is named for migrations by the URL that they use', () => {
    const migrationUrl = 'postgres://owner:canary@db.example.com/prod';
    expect(describeMigrated({ url, migrationUrl })).toBe('PostgreSQL, database prod at db.example.com');
    expect(describeMigrated({ url, migrationUrl: undefined })).toContain('database gate at');
  });

  it.each<[Record<string, string>, string]>([
    [{ DATABASE_URL: '' }, 'DATABASE_URL is set but empty'],
    [{ DATABASE_URL_FILE: '' }, 'DATABASE_URL_FILE is set but empty'],
    [{ DATABASE_URL: url, DATABASE_URL_FILE: 'url' }, 'are both set'],
    [{ DATABASE_URL_FILE: 'canary-not-there' }, 'cannot be read'],
    [{ DATABASE_URL: 'mysql://gate:canary-pw@db/gate' }, 'DATABASE_URL must start with postgres://'],
    [{ DATABASE_URL: 'canary-pw' }, 'DATABASE_URL must start with postgres://'],
    [{ DATABASE_URL: 'postgres://gate:canary-pw/@db/gate' }, 'DATABASE_URL'],
    [{ DATABASE_URL: 'postgres://gate:canary-pw#1@db/gate' }, 'DATABASE_URL'],
    [{ DATABASE_URL: 'postgres://gate:canary-pw@db' }, 'must name a database'],
    [{ DATABASE_URL: 'postgres://gate:canary-pw@db/%E0%A4%A' }, 'must name a database'],
    [
      { DATABASE_URL: `${url}?sslmode=canary-pw` },
      'DATABASE_URL has an sslmode that there is not: it is one of disable',
    ],
    [{ DATABASE_URL: `${url}?sslmode=` }, 'has an sslmode that there is not'],
    [{ DATABASE_URL: `${url}?sslmode=verify-full&sslmode=zork` }, 'has an sslmode that there is not'],
    [{ DATABASE_MIGRATION_URL: url }, 'without DATABASE_URL'],
  ])('F-12 refuses %j by name, and prints no password', (environment, words) => {
    let message = '';
    try {
      resolve(environment);
    } catch (error) {
      message = String(error);
    }
    expect(message).toContain(words);
    expect(message).not.toMatch(/canary-pw/);
  });

  it('F-12 names the place of what the configuration gets wrong', () => {
    expect(resolve({}, { url: { env: 'NOT_THERE' } }).problems).toEqual([
      { path: ['database', 'url'], message: 'the environment variable NOT_THERE is not set' },
    ]);
    expect(resolve({ A: 'canary-pw' }, { url: { env: 'A' } }).problems).toEqual([
      { path: ['database', 'url'], message: 'must start with postgres:// or postgresql://' },
    ]);
  });

  it.each([
    [url, 'PostgreSQL, database gate at db.example.com:6432'],
    ['postgres://gate:canary@db/a%20b?password=canary', 'PostgreSQL, database a b at db'],
    ['postgres:///gate?host=/run/postgresql&user=canary', 'PostgreSQL, database gate at /run/postgresql'],
    ['postgres://u:canary@db/x%1B[2Jy', 'PostgreSQL, database x[2Jy at db'],
  ])('CX-03 is named without credentials and control characters: %s', (text, words) => {
    expect(describeDatabase({ url: text })).toBe(words);
  });
});
