import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { readBody } from './read-body.js';

/** A stream with headers is all that is read of a request. */
function body(headers: Record<string, string> = {}): PassThrough & IncomingMessage {
  return Object.assign(new PassThrough(), { headers }) as unknown as PassThrough & IncomingMessage;
}

it('GW-20 gives up on a body that trickles, however steadily', async () => {
  const request = body();
  const trickle = setInterval(() => request.write('a'), 5);
  const read = await readBody(request, { maxBytes: 1_000_000, deadlineMilliseconds: 60 });
  clearInterval(trickle);
  expect(read).toEqual({ ok: false, failure: 'too_slow' });
});

it('reads up to the limit and no further', async () => {
  const limits = { maxBytes: 4, deadlineMilliseconds: 5000 };
  const [fits, over] = [body(), body()];
  fits.end('abcd');
  over.end('abcde');
  expect(await readBody(fits, limits)).toEqual({ ok: true, value: Buffer.from('abcd') });
  expect(await readBody(over, limits)).toEqual({ ok: false, failure: 'too_large' });
  expect(await readBody(body({ 'content-length': '5' }), limits)).toEqual({ ok: false, failure: 'too_large' });
});

it('takes what has come already, at once and to the same limit', async () => {
  const limits = { maxBytes: 4, deadlineMilliseconds: 5000 };
  const [fits, over, empty] = [body(), body(), body()];
  fits.write('ab');
  fits.end('cd');
  over.end('abcde');
  empty.end();
  for (const request of [fits, over, empty]) request.complete = true;
  expect(await readBody(fits, limits)).toEqual({ ok: true, value: Buffer.from('abcd') });
  expect(await readBody(over, limits)).toEqual({ ok: false, failure: 'too_large' });
  expect(await readBody(empty, limits)).toEqual({ ok: true, value: Buffer.alloc(0) });
});

it('notices a client that goes away', async () => {
  const request = body();
  const read = readBody(request, { maxBytes: 4, deadlineMilliseconds: 5000 });
  request.destroy(new Error('reset'));
  expect(await read).toEqual({ ok: false, failure: 'aborted' });
});
