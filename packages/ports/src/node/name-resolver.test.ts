import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createNameResolver, type ResolveName } from './name-resolver.js';
import { startNameServer } from './testing/name-server.js';

const never = new AbortController().signal;
let server: Awaited<ReturnType<typeof startNameServer>>;
let resolve: ResolveName;

beforeAll(async () => {
  server = await startNameServer({
    'both.test': { a: ['93.184.216.34', '10.0.0.1'], aaaa: ['2606:4700::1111'] },
    'old.test': { a: ['93.184.216.34'] },
    'new.test': { aaaa: ['2606:4700::1111'] },
    'empty.test': {},
    'leads-on.test': { cname: 'metadata.test' },
    'metadata.test': { a: ['169.254.169.254'] },
    'servfail.test': { rcode: 2 },
    'refused.test': { rcode: 5 },
    'half.test': { a: ['93.184.216.34'], rcode: 2, rcodeOf: 'aaaa' },
    'silent.test': { silent: true },
  });
  resolve = createNameResolver([server.address]);
});
afterAll(() => server.close());

describe('createNameResolver', () => {
  it.each([
    ['both.test', ['93.184.216.34', '10.0.0.1', '2606:4700::1111']],
    ['old.test', ['93.184.216.34']],
    ['new.test', ['2606:4700::1111']],
    ['empty.test', []],
    ['nowhere.test', []],
  ])('CI-03 yields every address of %s', async (name, addresses) => {
    expect(await resolve(name, never)).toEqual(addresses);
  });

  it('CI-03 follows another name to where it leads', async () => {
    expect(await resolve('leads-on.test', never)).toEqual(['169.254.169.254']);
  });

  it.each([
    ['SERVFAIL', 'servfail.test'],
    ['REFUSED', 'refused.test'],
    ['half an answer', 'half.test'],
  ])('F-11 rejects for %s: not knowing is not "no address"', async (_title, name) => {
    await expect(resolve(name, never)).rejects.toThrow();
  });

  it('F-11 gives up on a server that says nothing when the time is over', async () => {
    const leaving = new AbortController();
    const pending = resolve('silent.test', leaving.signal);
    leaving.abort();
    await expect(pending).rejects.toThrow();
  });

  it.each(['localhost', 'app.localhost'])('CI-02 asks nobody about %s', async (name) => {
    const before = server.questions.length;
    expect(await resolve(name, never)).toEqual(['127.0.0.1', '::1']);
    expect(server.questions).toHaveLength(before);
  });
});
