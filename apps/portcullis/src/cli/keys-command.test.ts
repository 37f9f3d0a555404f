import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKeyManagement } from '@portcullis/authorization-server';
import { base64Url } from '@portcullis/ports';
import { nodePlatform } from '@portcullis/ports/node';
import { openSqliteStorage, type SqliteStorage } from '@portcullis/storage/sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { shellOperand } from '../shell-word.js';
import { createKeyService } from '../start/key-service.js';
import { loadMasterKey } from '../start/master-key.js';
import { run } from './testing/run-program.js';

let dataDir: string;
let storage: SqliteStorage;
const keys = (command: string, ...args: string[]): string[] => ['keys', command, '--data-dir', dataDir, ...args];
const stored = () => storage.signingKeys.list('default');
const otherKey = { PORTCULLIS_MASTER_KEY: base64Url(nodePlatform.random.bytes(32)) };

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'portcullis-'));
  storage = await openSqliteStorage({ file: join(dataDir, 'portcullis.db') });
});

afterEach(async () => {
  await storage.close();
});

/** The first key, as the first start of a gate makes it. */
async function startOnce(algorithm: 'ES256' | 'RS256' = 'ES256'): Promise<string> {
  const masterKey = loadMasterKey({ file: join(dataDir, 'master.key'), environment: {} }, nodePlatform.random);
  const gate = createKeyManagement(
    {
      storage,
      platform: nodePlatform,
      keyService: createKeyService(masterKey.bytes, nodePlatform.random),
      audit: { record: () => {} },
    },
    { tenantId: 'default', signing: { algorithm }, accessTokenSeconds: 600, clockToleranceSeconds: 30 },
  );
  await gate.rotateIfDue();
  return (await stored())[0]?.keyId ?? '';
}

async function rotate(...args: string[]): Promise<{ made: Record<string, string>; before: Record<string, string> }> {
  const { out, err } = await run(keys('rotate', ...args, '--json'));
  expect(err).toBe('');
  return JSON.parse(out) as { made: Record<string, string>; before: Record<string, string> };
}

describe('portcullis keys', () => {
  it('lists keys, without the master key', async () => {
    expect((await run(keys('list'))).out).toContain('There are no keys yet');
    const first = await startOnce();
    rmSync(join(dataDir, 'master.key'));
    const { out } = await run(keys('list'));
    expect(out).toMatch(
      new RegExp(
        `^KEY-ID .*\\n${first} {2}ES256 {6}signing  \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d UTC\\n\\n  signing  signs\\n\\nWhether another algorithm [^\\n]*\\n$`,
      ),
    );
    expect(JSON.parse((await run(keys('list', '--json'))).out)).toEqual([
      {
        keyId: first,
        algorithm: 'ES256',
        state: 'signing',
        createdAt: expect.stringMatching(/Z$/),
        signsFrom: expect.stringMatching(/Z$/),
      },
    ]);
    expect(readdirSync(dataDir)).not.toContain('master.key');
  });

  it('rotates so that nobody notices, and says from when and until when', async () => {
    const first = await startOnce();
    const { out } = await run(keys('rotate'));
    const [, second] = await stored();
    expect(out).toContain(`Made the key ${second?.keyId} (ES256).\nIt is published now and signs from `);
    expect(out).toContain(`The key before it, ${first}, stays good for its tokens until `);
    expect((second?.signsFromEpochSeconds ?? 0) - nodePlatform.clock.nowEpochSeconds()).toBeGreaterThan(890);
    expect(out).toContain('from the longest lifetimes there can be (access tokens of 3600 s, clocks 60 s apart)');
    const list = (await run(keys('list'))).out;
    expect(list).toMatch(new RegExp(`^${second?.keyId} {2}ES256 {6}pending {2}`, 'm'));
    expect(list).toContain('  pending  published, signs later\n  signing  signs\n');
    expect(list).toContain('keys rotate without --config from the longest there can be');
    expect(await storage.countEvents('signing_key.rotated')).toBe(1);
  });

  it('rotates at once and retires, and says in words what that does to tokens', async () => {
    const first = await startOnce();
    const { out } = await run(keys('rotate', '--at-once'));
    expect(out).toContain('It signs now.');
    expect(out).toContain('refuse its tokens until');
    expect(out).toContain(`keys retire --data-dir ${dataDir} ${shellOperand(first)}`);
    const retired = await run(keys('retire', '--', first));
    expect(retired.out).toContain('gates refuse every access token it signed within a');
    const marks = await storage.revocationMarks.after('default', 0, nodePlatform.clock.nowEpochSeconds());
    expect(marks).toMatchObject([{ kind: 'key', value: first }]);
    expect(await run(keys('retire', '--', first))).toMatchObject({
      exitCode: 1,
      err: expect.stringContaining('has ended'),
    });
  });

  it('names every key to retire, those that were still waiting as well, and says that these were replaced', async () => {
    const first = await startOnce();
    const config = join(dataDir, 'portcullis.yaml');
    writeFileSync(config, 'dataDir: .\nsigning: {algorithm: RS256}\n');
    const waiting = [(await rotate()).made['keyId'] ?? '', (await rotate('--config', config)).made['keyId'] ?? ''];
    const { out } = await run(keys('rotate', '--at-once'));
    expect(out).toContain('3 keys of before are trusted still.');
    expect(out).toContain(`keys retire --data-dir ${dataDir} ${shellOperand(first)}   (verifying, until `);
    for (const keyId of waiting)
      expect(out).toContain(`keys retire --data-dir ${dataDir} ${shellOperand(keyId)}   (replaced, until `);
    const list = (await run(keys('list'))).out;
    for (const keyId of waiting) {
      expect(list).toMatch(new RegExp(`^${keyId} {2}[ER]S256 {6}replaced {3}- +\\d{4}-`, 'm'));
    }
    expect(list).toContain('a later key took over before its turn');
  });

  it('makes no second key while one waits, and says from when that one signs', async () => {
    await startOnce();
    const { made } = await rotate();
    const again = await run(keys('rotate'));
    const time = made['signsFrom']?.slice(0, 16).replace('T', ' ');
    expect(again.exitCode).toBe(1);
    expect(again.err).toContain(
      `a rotation is under way already, and nothing was done: ${made['keyId']} signs from ${time} UTC`,
    );
    expect(await stored()).toHaveLength(2);
  });

  it('makes one of another algorithm beside one that waits, and says which comes first', async () => {
    await startOnce();
    const { made } = await rotate();
    const config = join(dataDir, 'portcullis.yaml');
    writeFileSync(config, 'dataDir: .\nsigning: {algorithm: RS256}\n');
    const list = async () => (await run(keys('list', '--config', config))).out;
    const next = async () =>
      (JSON.parse((await run(keys('list', '--json', '--config', config))).out) as Record<string, string>[]).map(
        ({ state, algorithm, nextAlgorithm }) => [state, algorithm, nextAlgorithm],
      );
    expect(await list()).toContain(`RS256 is configured; ES256 signs until `);
    expect(await next()).toEqual([
      ['signing', 'ES256', undefined],
      ['pending', 'ES256', 'RS256'],
    ]);
    expect(await list()).toContain(`${made['keyId']}, of a rotation that was under way, has its turn first, at `);
    const { out } = await run(keys('rotate', '--config', config));
    expect(out).toContain(`Before it ${made['keyId']} (ES256), of the rotation that is under way, signs from `);
    expect(await list()).toMatch(/^RS256 is configured; ES256 signs until \d{4}-\d\d-\d\d \d\d:\d\d UTC\.$/m);
    expect(await next()).toEqual([
      ['signing', 'ES256', undefined],
      ['pending', 'ES256', undefined],
      ['pending', 'RS256', undefined],
    ]);
    const { out: withoutConfiguration } = await run(keys('list'));
    expect(withoutConfiguration).not.toContain('is configured');
    expect(withoutConfiguration).toContain(
      'Whether another algorithm is to sign, and from when, is said with --config FILE.',
    );
    expect(await list()).not.toContain('is said with --config FILE');
  });

  it('says what the end of the key before rests on', async () => {
    await startOnce();
    const config = join(dataDir, 'portcullis.yaml');
    writeFileSync(config, 'dataDir: .\nlifetimes: {accessTokenSeconds: 60, clockToleranceSeconds: 5}\n');
    expect((await run(keys('rotate', '--config', config))).out).toContain(
      'from the configured lifetimes (access tokens of 60 s, clocks 5 s apart).',
    );
  });

  it('does not end the key that signs', async () => {
    const first = await startOnce();
    expect(await run(keys('retire', '--', first))).toMatchObject({
      exitCode: 1,
      err: expect.stringContaining(`first npx portcullis keys rotate --at-once --data-dir ${dataDir}`),
    });
    expect(await storage.revocationMarks.after('default', 0, 0)).toEqual([]);
  });

  it('keeps the algorithm unless the configuration says another', async () => {
    await startOnce('RS256');
    expect((await rotate()).made).toMatchObject({ algorithm: 'RS256' });
    const config = join(dataDir, 'portcullis.yaml');
    writeFileSync(config, 'dataDir: .\nsigning: {algorithm: ES256}\nlifetimes: {accessTokenSeconds: 60}\n');
    const { made, before } = await rotate('--config', config);
    expect(made).toMatchObject({ algorithm: 'ES256', state: 'pending' });
    const lived = Date.parse(before['verifiesUntil'] ?? '') - Date.parse(made['signsFrom'] ?? '');
    expect(lived / 1000).toBe(60 + 30 + 30);
  });

  it('F-12 does not rotate with a master key that is not the gate’s, and makes none', async () => {
    await startOnce();
    const { err, exitCode } = await run(keys('rotate'), { environment: otherKey });
    expect(exitCode).toBe(1);
    expect(err).toContain('master key');
    expect(err).not.toContain(otherKey.PORTCULLIS_MASTER_KEY);
    rmSync(join(dataDir, 'master.key'));
    expect(await run(keys('rotate'))).toMatchObject({
      exitCode: 1,
      err: expect.stringContaining('there is no master key at'),
    });
    expect(readdirSync(dataDir)).not.toContain('master.key');
    expect(await stored()).toHaveLength(1);
  });

  it('F-12 refuses under another master key at once as well, and says which, what it would do, and how on purpose', async () => {
    const first = await startOnce();
    const sealed = await stored();
    const secret = join(dataDir, 'secret');
    writeFileSync(secret, otherKey.PORTCULLIS_MASTER_KEY);
    const say = async (environment: Record<string, string>) => run(keys('rotate', '--at-once'), { environment });
    const fromVariable = await say(otherKey);
    const fromItsFile = await say({ PORTCULLIS_MASTER_KEY_FILE: secret });
    writeFileSync(join(dataDir, 'master.key'), otherKey.PORTCULLIS_MASTER_KEY);
    const fromDirectory = await say({});
    for (const [{ err, exitCode }, origin] of [
      [fromVariable, 'PORTCULLIS_MASTER_KEY.'],
      [fromItsFile, `the file ${secret} of PORTCULLIS_MASTER_KEY_FILE.`],
      [fromDirectory, `${join(dataDir, 'master.key')}.`],
    ] as const) {
      expect(exitCode).toBe(1);
      expect(err).toContain(`do not open with the master key from ${origin}`);
      expect(err).toContain('Every gate would need this one from now on');
      expect(err).toContain(`keys rotate --at-once --replace-master-key --data-dir ${dataDir}`);
      expect(err).not.toContain(otherKey.PORTCULLIS_MASTER_KEY);
    }
    expect(await stored()).toEqual(sealed);
    const replaced = await run(keys('rotate', '--at-once', '--replace-master-key'));
    expect(replaced.out).not.toContain('follow within');
    expect(replaced.out).toMatch(
      /It signs now, and opens with the master key given here alone: every gate needs this one\. Stop every gate (?:.*\n)+\nOnly when every gate has been started with it:\nOne key of before /,
    );
    expect(replaced.out).toContain(`keys retire --data-dir ${dataDir} ${shellOperand(first)}`);
    expect(replaced.notes).toBe('');
    // The new one is the gates' from now on.
    expect((await run(keys('rotate'))).exitCode).toBe(0);
  });

  it('F-12 a gate under another master key does not start, and says which it was and both ways out', async () => {
    await startOnce();
    const args = ['gateway', '--upstream', 'http://127.0.0.1:9/mcp', '--data-dir', dataDir];
    const { out, err, exitCode } = await run(args, { environment: otherKey });
    expect({ out, exitCode }).toEqual({ out: '', exitCode: 1 });
    // Whatever is wrong with it, it is one code: a damaged one and none at all.
    const file = join(dataDir, 'master.key');
    writeFileSync(file, 'damaged');
    expect((await run(args)).exitCode).toBe(1);
    rmSync(file);
    expect((await run(args)).exitCode).toBe(1);
    expect(err).toContain('the master key from PORTCULLIS_MASTER_KEY does not open the stored signing key');
    expect(err).toContain('Put the old one back');
    expect(err).toContain(`run npx portcullis keys rotate --at-once --replace-master-key --data-dir ${dataDir}`);
    expect(err).not.toContain(otherKey.PORTCULLIS_MASTER_KEY);
  });

  it('rotates nothing where there are no keys yet, whatever master key is set, and says who makes the first', async () => {
    for (const args of [[], ['--at-once'], ['--at-once', '--replace-master-key']]) {
      for (const environment of [{}, otherKey]) {
        expect(await run(keys('rotate', ...args), { environment })).toMatchObject({
          exitCode: 1,
          err: 'portcullis: there are no keys yet: the first start of the gate makes one\n',
        });
      }
    }
    expect(await stored()).toEqual([]);
    expect(readdirSync(dataDir)).not.toContain('master.key');
  });

  it('replaces the master key at once or not at all', async () => {
    await startOnce();
    const { err, exitCode } = await run(keys('rotate', '--replace-master-key'), { environment: otherKey });
    expect(exitCode).toBe(2);
    expect(err).toContain('--replace-master-key goes with --at-once');
    expect(await stored()).toHaveLength(1);
  });

  it('says so when the master key did not have to be replaced, beside the answer', async () => {
    await startOnce();
    const { out, notes, exitCode } = await run(keys('rotate', '--at-once', '--replace-master-key', '--json'));
    expect(exitCode).toBe(0);
    expect(notes).toMatch(/^The master key did not have to be replaced: [^\n]*\n$/);
    expect(JSON.parse(out)).toMatchObject({ made: { state: 'signing' }, replacedMasterKey: false });
    expect((await run(keys('rotate', '--at-once'))).notes).toBe('');
  });

  it('goes on after master.key was lost, once a new one is set', async () => {
    await startOnce();
    rmSync(join(dataDir, 'master.key'));
    const lost = await run(keys('rotate', '--at-once', '--replace-master-key'));
    expect(lost.exitCode).toBe(1);
    expect(lost.err).toContain('when it is lost, set a new one and run npx portcullis keys rotate --at-once --replace');
    const replaced = await run(keys('rotate', '--at-once', '--replace-master-key'), { environment: otherKey });
    expect(replaced.exitCode).toBe(0);
    expect(await stored()).toHaveLength(2);
  });

  it.each(["x' OR '1'='1", '%', '-x', '\u001b[2J'])(
    'ST-04, CX-03 takes the key id %j as one and nothing else',
    async (id) => {
      await startOnce();
      await run(keys('rotate', '--at-once'));
      const { err, exitCode } = await run(keys('retire', '--', id));
      expect(exitCode).toBe(1);
      expect(err).toMatch(/^portcullis: there is no key [^\n]*\n$/);
      expect(err).not.toContain('\u001b');
    },
  );

  it.each([[['rotate', 'x']], [['retire']], [['rotate', '--now']]] as const)(
    'refuses %j as wrong usage',
    async (args) => {
      const [command, ...rest] = args;
      expect((await run(keys(command, ...rest))).exitCode).toBe(2);
    },
  );
});
