import { chmodSync, mkdtempSync, readdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { run } from './testing/run-program.js';

it.each(['users', 'keys', 'clients', 'resources'])(
  '%s list leaves a directory that is no gate’s as it was',
  async (noun) => {
    const directory = mkdtempSync(join(tmpdir(), 'portcullis-'));
    chmodSync(directory, 0o755);
    expect(await run([noun, 'list', '--data-dir', directory])).toMatchObject({
      exitCode: 1,
      err: expect.stringContaining(`there is no gate's store in ${directory}`),
    });
    expect(readdirSync(directory)).toEqual([]);
    expect(statSync(directory).mode & 0o777).toBe(0o755);
  },
);
