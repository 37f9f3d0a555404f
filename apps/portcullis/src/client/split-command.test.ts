import { describe, expect, it } from 'vitest';
import { splitCommand } from './split-command.js';

describe('splitCommand', () => {
  it.each([
    ['firefox', ['firefox']],
    ['  firefox   --private-window ', ['firefox', '--private-window']],
    [`'/opt/my browser/run' --title "a 'b'" ''`, ['/opt/my browser/run', '--title', "a 'b'", '']],
    ['/opt/my\\ browser', ['/opt/my browser']],
    [`"a\\"b" 'c\\d'`, ['a"b', 'c\\d']],
    ['a"b"c', ['abc']],
  ])('reads %j', (text, words) => {
    expect(splitCommand(text, 'linux')).toEqual(words);
  });

  it('CX-01 knows nothing of what a shell would do', () => {
    const text = 'open $(calc) `id` a;b && c|d > e $HOME *';
    expect(splitCommand(text, 'linux')).toEqual(text.split(' '));
  });

  it('leaves backslashes alone on Windows', () => {
    expect(splitCommand('"C:\\Program Files\\x.exe" /new', 'win32')).toEqual(['C:\\Program Files\\x.exe', '/new']);
  });

  it.each(['', '   ', '"" a', 'a "b'])('refuses %j', (text) => {
    expect(() => splitCommand(text, 'linux')).toThrow(/^--open-command/);
  });
});
