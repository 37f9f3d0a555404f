import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { openDataDirectory } from './data-directory.js';

let base: string;
let path: string;
const mode = (file: string): number => lstatSync(file).mode & 0o777;
const isRoot = process.getuid?.() === 0;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'portcullis-'));
  path = join(base, 'data');
});

describe('CX-04 the data directory', () => {
  it('is made with mode 0700, whatever the umask', () => {
    const before = process.umask(0);
    try {
      openDataDirectory(join(path, 'deep'), 'make');
    } finally {
      process.umask(before);
    }
    expect(mode(join(path, 'deep'))).toBe(0o700);
    expect(mode(path)).toBe(0o700);
  });

  it('is made only when asked', () => {
    expect(() => openDataDirectory(path, 'existing')).toThrow(`there is no data directory at ${path}`);
    expect(openDataDirectory(path, 'look')).toEqual({
      path,
      databaseFile: join(path, 'portcullis.db'),
      masterKeyFile: join(path, 'master.key'),
      firstUserFile: join(path, 'first-user.txt'),
      tightened: [],
    });
    expect(existsSync(path)).toBe(false);
  });

  it('is claimed where it is not there, empty or ours, and refused as it is where it is somebody’s', () => {
    expect(openDataDirectory(path, 'claim').path).toBe(path);
    expect(openDataDirectory(path, 'claim').path).toBe(path);
    writeFileSync(join(path, 'letter.txt'), 'Dear reader');
    chmodSync(path, 0o755);
    expect(() => openDataDirectory(path, 'claim')).toThrow(`${path} holds files and none of a gate's`);
    expect(mode(path)).toBe(0o755);
    writeFileSync(join(path, 'portcullis.db'), '', { mode: 0o600 });
    expect(openDataDirectory(path, 'claim').tightened).toEqual([path]);
  });

  it('is left as it is where somebody only looks, and refused alike', () => {
    mkdirSync(path);
    const file = join(path, 'portcullis.db');
    writeFileSync(file, 'x');
    chmodSync(file, 0o644);
    chmodSync(path, 0o755);
    expect(openDataDirectory(path, 'look')).toMatchObject({ databaseFile: file, tightened: [] });
    expect([mode(path), mode(file)]).toEqual([0o755, 0o644]);
    expect(openDataDirectory(path, 'existing').tightened).toEqual([path, file]);
    symlinkSync(file, join(path, 'master.key'));
    expect(() => openDataDirectory(path, 'look')).toThrow('is a symbolic link');
  });

  it('is narrowed, and what is in it, when others could read it', () => {
    mkdirSync(path);
    chmodSync(path, 0o777);
    const files = ['master.key', 'portcullis.db', 'portcullis.db-wal', 'first-user.txt'].map((name) =>
      join(path, name),
    );
    for (const file of files) {
      writeFileSync(file, 'x');
      chmodSync(file, 0o644);
    }
    const { tightened } = openDataDirectory(path, 'make');
    expect(mode(path)).toBe(0o700);
    expect(files.map(mode)).toEqual([0o600, 0o600, 0o600, 0o600]);
    expect([...tightened].sort()).toEqual([path, ...files].sort());
    expect(openDataDirectory(path, 'make').tightened).toEqual([]);
  });

  it('is refused when it is a symbolic link, even to a good directory', () => {
    mkdirSync(join(base, 'real'), { mode: 0o700 });
    symlinkSync(join(base, 'real'), path);
    expect(() => openDataDirectory(path, 'make')).toThrow('is a symbolic link');
  });

  it.each(['master.key', 'portcullis.db', 'first-user.txt'])(
    'is refused when its %s is a link, even a dangling one',
    (name) => {
      mkdirSync(path, { mode: 0o700 });
      symlinkSync(join(base, 'nowhere'), join(path, name));
      expect(() => openDataDirectory(path, 'make')).toThrow('is a symbolic link');
    },
  );

  it('is refused when it is a file', () => {
    writeFileSync(path, '');
    expect(() => openDataDirectory(path, 'make')).toThrow('is not a directory');
    expect(() => openDataDirectory(join(path, 'below'), 'make')).toThrow(
      /^cannot .*ENOTDIR; choose another with --data-dir$/,
    );
  });

  it('is refused when it, or a file in it, belongs to somebody else', () => {
    if (!isRoot) {
      // Nobody but root can give files away; a system directory is somebody else's already.
      expect(() => openDataDirectory('/usr', 'make')).toThrow('/usr belongs to another user (id 0)');
      return;
    }
    mkdirSync(path, { mode: 0o700 });
    writeFileSync(join(path, 'master.key'), 'x', { mode: 0o600 });
    chownSync(join(path, 'master.key'), 65_534, 65_534);
    expect(() => openDataDirectory(path, 'make')).toThrow('master.key belongs to another user (id 65534)');
    chownSync(path, 65_534, 65_534);
    expect(() => openDataDirectory(path, 'make')).toThrow('data belongs to another user (id 65534)');
  });

  it('is refused in one line, at once, where none can be made', () => {
    expect(() => openDataDirectory('/proc/portcullis', 'make')).toThrow(/^cannot create the data directory [^\n]*$/);
  });
});
