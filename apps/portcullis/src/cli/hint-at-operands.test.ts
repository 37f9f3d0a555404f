import { describe, expect, it } from 'vitest';
import { run } from './testing/run-program.js';

describe('an argument that begins with a hyphen', () => {
  it.each([
    ['keys retire -abc', "unknown option '-abc'; KEY-ID: one that begins with - goes last, behind --; see --help"],
    ['clients show -foo', "unknown option '-foo'; ID: one that begins with - goes last, behind --; see --help"],
    ['keys retire --Abc', "unknown option '--Abc'; KEY-ID: one that begins with - goes last, behind --; see --help"],
  ])('is told where it goes: %s', async (line, words) => {
    expect(await run(line.split(' '))).toMatchObject({ err: `portcullis: ${words}\n`, exitCode: 2 });
  });

  it.each(['keys retire --jsn', 'keys list -abc', 'gateway -abc'])('is none of: %s', async (line) => {
    expect((await run(line.split(' '))).err).toMatch(/unknown option '[^']*'; see --help\n$/);
  });

  it('has to be the last, as is told where an option stands behind it', async () => {
    const { err, exitCode } = await run('keys retire -- -abc --config portcullis.yaml'.split(' '));
    expect(exitCode).toBe(2);
    expect(err).toMatch(/too many arguments.*; KEY-ID: one that begins with - goes last, behind --; see --help\n$/);
    expect((await run('keys retire abc def'.split(' '))).err).not.toContain('goes last');
  });

  it('is explained by the help of keys retire', async () => {
    expect((await run(['keys', 'retire', '--help'])).out).toContain('goes last, behind --: keys retire -- -KEY-ID');
  });
});
