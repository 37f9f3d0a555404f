import { mkdtempSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPasswordHasher } from '@portcullis/authorization-server/node';
import type { Storage } from '@portcullis/ports';
import { nodePlatform } from '@portcullis/ports/node';
import { openSqliteStorage } from '@portcullis/storage/sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureFirstUser, type FirstUserPorts } from './first-user.js';
import { generatePassword } from './generate-password.js';

let directory: string;
let storage: Storage;
let ports: FirstUserPorts;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'portcullis-'));
  storage = await openSqliteStorage({ file: join(directory, 'portcullis.db') });
  ports = { users: storage.users, passwordHasher: await createPasswordHasher(nodePlatform), platform: nodePlatform };
});
afterEach(() => storage.close());

describe('the first user', () => {
  it('is made with a password that opens, returned for a terminal', async () => {
    const first = await ensureFirstUser(ports, undefined, '');
    expect(first).toEqual({ username: 'admin', password: expect.stringMatching(/^(?:[a-z2-9]{5}-){3}[a-z2-9]{5}$/) });
    const user = await storage.users.findByUsername('default', 'admin');
    const password = first !== undefined && 'password' in first ? first.password : '';
    expect(await ports.passwordHasher.verify(user?.passwordHash, password)).toBe(true);
  });

  it('has its password in a file of mode 0600 where there is no terminal', async () => {
    const file = join(directory, 'first-user.txt');
    expect(await ensureFirstUser(ports, file, '')).toEqual({ username: 'admin', passwordFile: file });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const [, username = '', password = ''] =
      /^username: (.+)\npassword: (.+)\n$/.exec(readFileSync(file, 'utf8')) ?? [];
    const user = await storage.users.findByUsername('default', username ?? '');
    expect(await ports.passwordHasher.verify(user?.passwordHash, password)).toBe(true);
  });

  it('is not made a second time, nor beside another user, nor twice at once', async () => {
    const both = await Promise.all([ensureFirstUser(ports, undefined, ''), ensureFirstUser(ports, undefined, '')]);
    expect(both.filter((user) => user !== undefined)).toHaveLength(1);
    expect(await ensureFirstUser(ports, undefined, '')).toBeUndefined();
    expect(await storage.users.list('default')).toHaveLength(1);
  });

  it('says how to go on when its password cannot be written', async () => {
    const file = join(directory, 'none', 'first-user.txt');
    await expect(ensureFirstUser(ports, file, ' --config /srv/gate.yaml')).rejects.toThrow(
      /ENOENT.*users reset-password admin --config \/srv\/gate\.yaml$/,
    );
  });
});

describe('a generated password', () => {
  it('draws bytes again that would favour a letter', () => {
    const draws = [new Uint8Array(32).fill(255), new Uint8Array(32).fill(0)];
    expect(generatePassword({ bytes: () => draws.shift() ?? new Uint8Array(32).fill(30) })).toBe(
      'aaaaa-aaaaa-aaaaa-aaaaa',
    );
  });

  it('differs each time', () => {
    const passwords = new Set(Array.from({ length: 100 }, () => generatePassword(nodePlatform.random)));
    expect(passwords.size).toBe(100);
  });
});
