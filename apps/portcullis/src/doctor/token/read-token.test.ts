import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { readToken } from './read-token.js';

describe('readToken', () => {
  it('takes one line, with or without the word that stands before a token in a header', async () => {
    for (const input of ['a.b.c', ' a.b.c \r\n', '\nBearer a.b.c\n', 'bearer  a.b.c']) {
      expect(await readToken(Readable.from([input]))).toBe('a.b.c');
    }
    expect(await readToken(Readable.from([Buffer.from('a.b'), Buffer.from('.c\n')]))).toBe('a.b.c');
  });

  it('CX-08 is not typed at a terminal, which would show it', async () => {
    const typed = Object.assign(Readable.from(['a.b.c']), { isTTY: true });
    await expect(readToken(typed)).rejects.toThrow('pipe the token in');
  });

  it('reads no further than a token is long', async () => {
    let read = 0;
    async function* endless(): AsyncGenerator<string> {
      for (;;) {
        read += 1;
        yield 'x'.repeat(1024);
      }
    }
    await expect(readToken(endless())).rejects.toThrow('longer than a token may be');
    expect(read).toBeLessThan(20);
  });
});
