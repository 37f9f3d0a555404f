import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteStorage, type SqliteStorage } from '@portcullis/storage/sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from './testing/run-program.js';

const PROVIDER = 'https://idp.example.com';
const BUILDS = 'https://token.actions.example.com';
let dataDir: string;
let config: string;
let storage: SqliteStorage;

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'portcullis-'));
  storage = await openSqliteStorage({ file: join(dataDir, 'portcullis.db') });
  config = join(dataDir, 'gate.json');
  const identity = {
    name: 'deploy',
    claims: { sub: 'a' },
    resources: ['https://gate.example.com/mcp'],
    scopes: ['mcp:tools'],
  };
  writeFileSync(
    config,
    JSON.stringify({
      dataDir,
      upstreams: [{ url: 'http://127.0.0.1:3001/mcp' }],
      assertionIssuers: [
        { kind: 'identity_provider', issuer: PROVIDER },
        { kind: 'workload', name: 'builds', issuer: BUILDS, identities: [identity] },
      ],
    }),
  );
});
afterEach(() => storage.close());

const issuers = (...args: string[]) => run(['issuers', ...args]);
const withConfig = (...args: string[]) => issuers(...args, '--config', config);

describe('portcullis issuers', () => {
  it('takes no blanks for one', async () => {
    const refused = await issuers('disable', ' ', '--data-dir', dataDir);
    expect(refused).toMatchObject({ exitCode: 2, err: 'portcullis: ISSUER: must hold something that can be seen\n' });
    expect(await storage.assertionIssuers.isDisabled('default', ' ')).toBe(false);
  });

  it('lists those that are configured, and whether they are switched off', async () => {
    expect((await withConfig('list')).out).toMatch(
      /^ISSUER +KIND +STATE +SINCE\nhttps:\/\/idp\S+ +identity_provider +enabled\s*\nhttps:\/\/token\S+ +workload +enabled\s*\n$/,
    );
    await withConfig('disable', BUILDS);
    expect(JSON.parse((await withConfig('list', '--json')).out)).toEqual([
      { issuer: PROVIDER, kind: 'identity_provider', state: 'enabled' },
      { issuer: BUILDS, kind: 'workload', state: 'disabled', disabledAt: expect.stringMatching(/^\d{4}-.*Z$/) },
    ]);
  });

  it('XG-04 switches one off and on again, with an event each', async () => {
    expect((await withConfig('disable', PROVIDER)).out).toContain(`Switched off ${PROVIDER}.`);
    expect(await storage.assertionIssuers.isDisabled('default', PROVIDER)).toBe(true);
    expect((await withConfig('disable', PROVIDER)).out).toContain('was switched off already');
    expect((await withConfig('enable', PROVIDER)).out).toContain(`Switched on ${PROVIDER}`);
    expect(await storage.assertionIssuers.isDisabled('default', PROVIDER)).toBe(false);
    expect((await withConfig('enable', PROVIDER)).out).toContain('was not switched off');
    expect(await storage.revocationMarks.after('default', 0, 0)).toEqual([]);
  });

  it('XG-04 ends the access tokens of the workloads that it switches off', async () => {
    expect((await withConfig('disable', BUILDS)).out).toContain('access tokens of workload:builds:deploy have ended');
    expect(await storage.revocationMarks.after('default', 0, 0)).toMatchObject([
      { kind: 'subject', value: 'workload:builds:deploy' },
    ]);
  });

  it('XG-04 ends them also where the issuer was switched off without the configuration', async () => {
    const { out } = await issuers('disable', BUILDS, '--data-dir', dataDir);
    expect(out).toContain('the access tokens that it yielded live their time');
    expect(await storage.revocationMarks.after('default', 0, 0)).toEqual([]);
    expect((await withConfig('disable', BUILDS)).out).toBe(
      `${BUILDS} was switched off already. The access tokens of workload:builds:deploy have ended now.\n`,
    );
    expect(await storage.revocationMarks.after('default', 0, 0)).toMatchObject([{ value: 'workload:builds:deploy' }]);
    expect(await storage.assertionIssuers.isDisabled('default', BUILDS)).toBe(true);
  });

  it('knows no issuer that the configuration does not have, by one character', async () => {
    const { err, exitCode } = await withConfig('disable', `${PROVIDER}/`);
    expect(err).toContain('the configuration has no assertion issuer https://idp.example.com/');
    expect(exitCode).not.toBe(0);
    expect(await storage.assertionIssuers.listDisabled('default')).toEqual([]);
  });

  it('says of a configuration without issuers that it has none', async () => {
    writeFileSync(config, JSON.stringify({ dataDir, upstreams: [{ url: 'http://127.0.0.1:3001/mcp' }] }));
    const { out } = await withConfig('list');
    expect(out).toBe('The configuration has no assertion issuers, and none is switched off in this store.\n');
  });

  it('takes any without the configuration, and says what it does not know', async () => {
    const list = async (...args: string[]) => (await issuers('list', ...args)).out;
    const unknown = 'Which are configured is not known here: give the configuration with --config.\n';
    expect(await list('--data-dir', dataDir)).toBe(`No assertion issuer is switched off in this store. ${unknown}`);
    await issuers('disable', 'https://other.example.com', '--data-dir', dataDir);
    const off = await list('--data-dir', dataDir);
    expect(off).toMatch(/https:\/\/other\.example\.com +not known +disabled/);
    expect(off).toContain(`These are switched off in this store. ${unknown}`);
    const known = await list('--config', config);
    expect(known).toMatch(/https:\/\/other\.example\.com +not configured +disabled/);
    expect(known).not.toContain(unknown);
    expect((await issuers('enable', 'https://other.example.com', '--data-dir', dataDir)).err).toBe('');
  });
});
