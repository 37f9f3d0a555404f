import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPasswordHasher } from '@portcullis/authorization-server/node';
import { nodePlatform } from '@portcullis/ports/node';
import { openSqliteStorage } from '@portcullis/storage/sqlite';
import { beforeEach, describe, expect, it } from 'vitest';
import { reportError } from './report-error.js';
import { run } from './testing/run-program.js';

const PASSWORD = 'correct horse battery';
let dataDir: string;

const users = (...args: string[]): string[] => ['users', ...args, '--data-dir', dataDir];

beforeEach(() => {
  dataDir = join(mkdtempSync(join(tmpdir(), 'portcullis-')), 'data');
});

describe('portcullis users', () => {
  it('adds, lists, resets and removes, while another process holds the database open', async () => {
    expect(await run(users('add', 'Alice', '--password-stdin'), { input: `${PASSWORD}\nmore` })).toEqual({
      out: 'Added alice.\n',
      notes: `There was no gate's store in ${dataDir}: a new one was made there\n`,
      err: '',
      exitCode: 0,
    });
    const storage = await openSqliteStorage({ file: join(dataDir, 'portcullis.db') });
    try {
      const hasher = await createPasswordHasher(nodePlatform);
      const added = await storage.users.findByUsername('default', 'alice');
      expect(await hasher.verify(added?.passwordHash, PASSWORD)).toBe(true);

      const listed = await run(users('list', '--json'));
      expect(JSON.parse(listed.out)).toEqual([
        {
          username: 'alice',
          subject: added?.subject,
          origin: 'password',
          createdAt: expect.stringMatching(/Z$/),
          disabled: false,
        },
      ]);
      expect((await run(users('list'))).out).toMatch(
        /^NAME {3}STATE {8}SINCE {7}ORIGIN {4}SUBJECT\nalice {2}may sign in {2}\d{4}-\d\d-\d\d {2}password {2}\S{22}\n$/,
      );

      const other = 'another good password';
      expect((await run(users('reset-password', 'ALICE', '--password-stdin'), { input: other })).exitCode).toBe(0);
      const reset = await storage.users.findByUsername('default', 'alice');
      expect(await hasher.verify(reset?.passwordHash, other)).toBe(true);
      expect(reset?.subject).toBe(added?.subject);

      expect((await run(users('disable', 'Alice'))).out).toBe(
        'Disabled alice. Their sessions and tokens have ended.\nNobody can sign in now, until you enable or add a user.\n',
      );
      expect((await run(users('list'))).out).toMatch(
        /^NAME {3}STATE {5}SINCE {7}ORIGIN {4}SUBJECT\nalice {2}disabled {2}\d{4}-\d\d-\d\d {2}password {2}\S{22}\n$/,
      );
      expect((await run(users('enable', 'alice'))).out).toBe('alice can sign in again.\n');

      expect((await run(users('remove', 'alice'))).out).toContain('Removed alice.');
      expect(await storage.users.list('default')).toEqual([]);
      const marks = await storage.revocationMarks.after('default', 0, nodePlatform.clock.nowEpochSeconds());
      expect(marks).toMatchObject([{ kind: 'subject', value: added?.subject }]);
    } finally {
      await storage.close();
    }
  });

  it('says that nobody can sign in any more, although somebody of an identity provider is left', async () => {
    await run(users('add', 'alice', '--password-stdin'), { input: PASSWORD });
    const storage = await openSqliteStorage({ file: join(dataDir, 'portcullis.db') });
    try {
      await storage.users.recognise(
        { tenantId: 'default', subject: 'ada', username: 'Ada', createdAtEpochSeconds: 0 },
        { type: 'user.recognised', outcome: 'allowed', tenantId: 'default', occurredAtEpochSeconds: 0 },
      );
    } finally {
      await storage.close();
    }
    expect((await run(users('remove', 'alice'))).out).toMatch(
      /\nNobody can sign in now, until you enable or add a user\.\n$/,
    );
    expect((await run(users('remove', 'ada'))).out).toMatch(
      /\nNobody can sign in now\. The next start of the gate .*\n$/,
    );
  });

  it('says what is not so', async () => {
    await run(users('add', 'alice', '--password-stdin'), { input: PASSWORD });
    expect(await run(users('add', 'alice', '--password-stdin'), { input: PASSWORD })).toMatchObject({
      exitCode: 1,
      err: `portcullis: there is a user alice already; set a new password with npx portcullis users reset-password --data-dir ${dataDir} alice\n`,
    });
    const strangers = [users('remove', 'bob'), users('disable', 'bob'), users('enable', 'bob')];
    for (const command of [...strangers, users('reset-password', 'bob', '--password-stdin')]) {
      expect(await run(command, { input: PASSWORD })).toMatchObject({
        exitCode: 1,
        err: `portcullis: there is no user bob; see npx portcullis users list --data-dir ${dataDir}\n`,
      });
    }
  });

  it('does not make a data directory for a question', async () => {
    for (const command of [users('list'), users('remove', 'bob')]) {
      expect(await run(command)).toMatchObject({
        exitCode: 1,
        err: expect.stringContaining('there is no data directory at'),
      });
    }
  });

  it.each([
    [['add', 'alice', 'canary-password'], 'a password is never taken from an argument'],
    [['add', 'alice', 'canary-password', '--password-stdin'], 'a password is never taken from an argument'],
    [['reset-password', 'alice', 'canary-password'], 'a password is never taken from an argument'],
    [['add', 'alice', '--password=canary-password'], "unknown option '--password'"],
    [['add', 'alice'], 'add --password-stdin'],
    [['add', 'al ice', '--password-stdin'], 'a user name has 1 to 128 letters'],
    [['add', 'a'.repeat(129), '--password-stdin'], 'a user name has 1 to 128 letters'],
    [['add', '--password-stdin'], "missing required argument 'name'"],
    [['remove', 'a', 'b'], 'too many arguments'],
    [['disable', 'a', 'b'], 'too many arguments'],
    [['disable'], "missing required argument 'name'"],
  ])('refuses %j as wrong usage, without repeating a password', async (args, words) => {
    const { err, exitCode } = await run(users(...args), { input: PASSWORD });
    expect(exitCode).toBe(2);
    expect(err).toContain(words);
    expect(err.match(/\n/g)).toHaveLength(1);
    expect(err).not.toContain('canary');
  });

  it.each([
    ['', 'standard input holds no password'],
    ['\nsecond line is long enough', 'standard input holds no password'],
    ['canary-11ch', 'fewer than 12 characters'],
    [' '.repeat(12), 'nothing but blanks'],
    ['\u200b\u2060 \ufeff'.repeat(4), 'nothing but blanks'],
    [`canary${'x'.repeat(1100)}`, 'longer than 1 KiB'],
    ['canary\u0007canary-canary', 'a control character'],
  ])('refuses the password %j', async (input, words) => {
    const { err, exitCode } = await run(users('add', 'alice', '--password-stdin'), { input });
    expect(exitCode).toBe(2);
    expect(err).toContain(words);
    expect(err).not.toContain('canary');
  });

  it('takes a line end of Windows, and any characters', async () => {
    expect(
      (await run(users('add', 'álice@example.com', '--password-stdin'), { input: 'пароль из слов\r\n' })).exitCode,
    ).toBe(0);
    const storage = await openSqliteStorage({ file: join(dataDir, 'portcullis.db') });
    const user = await storage.users.findByUsername('default', 'álice@example.com');
    await storage.close();
    expect(await (await createPasswordHasher(nodePlatform)).verify(user?.passwordHash, 'пароль из слов')).toBe(true);
  });
});

describe('portcullis', () => {
  it.each([
    [['gateway'], 'nothing to stand in front of'],
    [['gateway', 'http://127.0.0.1:3001/mcp'], 'is given with --upstream URL'],
    [['gateway', '--upstream', 'http://127.0.0.1/mcp', '--', 'node'], 'give either --upstream URL or -- COMMAND ARGS'],
    [['gateway', '--upstream', 'ftp://127.0.0.1/'], '--upstream: must start with http'],
    [['gateway', '--name', 'token', '--', 'node'], '--name: "token" is one of the gate\'s own paths'],
    [['gateway', '--port', '0', '--', 'node'], 'a port is a number from 1 to 65535'],
    [['gateway', '--port', '80x', '--', 'node'], 'a port is a number from 1 to 65535'],
    [['gateway', '--tls-cert', 'a.pem', '--', 'node'], '--tls-cert and --tls-key go together'],
    [['gateway', '--host', '0.0.0.0', '--', 'node'], '--public-url https://gate.example.com'],
    [['gateway', '--public-url', 'http://gate.example.com', '--', 'node'], '--public-url must be https'],
    [['gateway', '--config', '/nowhere/portcullis.yaml'], 'it does not exist'],
    [['gatewya'], "unknown command 'gatewya'"],
    [['gateway', '--nope'], "unknown option '--nope'"],
    [['gateway', '--port', 'abc', '--', 'node'], "argument 'abc' is invalid: a port is a number from 1 to 65535; see"],
    [['keys', 'retire', 'a', 'b'], 'Expected 1 argument but got 2; see --help'],
  ])('F-12 refuses %j in one line, exit 2', async (args, words) => {
    const { err, exitCode } = await run(args);
    expect(err).toContain(words);
    expect(err).toMatch(/^portcullis: [^\n]+\n$/);
    expect(exitCode).toBe(2);
  });

  it.each([
    [['--help'], ['gateway', 'users', 'clients', 'resources', 'keys', 'migrate']],
    [
      ['gateway', '--help'],
      ['--upstream http://127.0.0.1:3001/mcp', 'else .portcullis here', '-- node server.js', 'DATABASE_URL'],
    ],
    [
      ['users', '--help'],
      ['--password-stdin', 'at least 12 characters'],
    ],
    [
      ['clients', '--help'],
      ['clients add "Nightly job" --grant client_credentials', 'approve', 'DATABASE_URL'],
    ],
    [
      ['clients', 'add', '--help'],
      ['--redirect-uri', '--secret-basic', '--jwks-file', 'repeat for several'],
    ],
    [
      ['resources', '--help'],
      ['resources add https://files.example.com/mcp', 'DATABASE_URL'],
    ],
    [
      ['keys', '--help'],
      ['keys rotate --at-once', 'master key', 'DATABASE_URL'],
    ],
    [
      ['migrate', '--help'],
      ['migrate --dry-run', 'DATABASE_MIGRATION_URL', 'Exit codes'],
    ],
  ])('%j teaches', async (args, words) => {
    const { out, exitCode } = await run(args);
    expect(exitCode).toBe(0);
    for (const word of words) expect(out).toContain(word);
  });

  it('knows its version', async () => {
    expect(await run(['--version'])).toMatchObject({ out: '0.1.0\n', err: '', exitCode: 0 });
  });
});

describe('an error', () => {
  it('is one line without a stack, and with one when asked', () => {
    const fault = new Error('broke\n  in two');
    expect(reportError(fault, false)).toEqual({
      text: 'portcullis: broke in two (PORTCULLIS_DEBUG=1 shows more)\n',
      exitCode: 1,
    });
    expect(reportError(fault, true).text).toContain('program.test.ts');
    expect(reportError('x', false).exitCode).toBe(1);
  });
});
