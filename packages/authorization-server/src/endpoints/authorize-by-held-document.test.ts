import { describe, expect, it } from 'vitest';
import { documentAnswer, isAccepted, useDocumentAuthorization } from '../testing/document-authorization.js';
import { documentOf } from '../testing/document-host.js';
import { readPage } from '../testing/test-pages.js';

const by = useDocumentAuthorization();
const { start, request, answer, storedClients, eventsOf, expectConstantPage } = by;

describe('CI-07 documents are held as HTTP says', () => {
  const visits = async (...seconds: readonly number[]): Promise<number> => {
    for (const pause of seconds) {
      by.test.clock.now += pause;
      expect(isAccepted(await request())).toBe(true);
    }
    return by.host.requests.length;
  };

  it('CI-07 asks once while a document is fresh, and again when it is stale', async () => {
    answer(documentAnswer({}, { 'cache-control': 'max-age=60' }));
    expect(await visits(0, 59)).toBe(1);
    expect(await visits(1)).toBe(2);
  });

  it('CI-07 holds nothing for longer than a day', async () => {
    answer(documentAnswer({}, { 'cache-control': 'max-age=315360000' }));
    expect(await visits(0, 86_399)).toBe(1);
    expect(await visits(1)).toBe(2);
  });

  it('CI-07 holds a document for five minutes when its host says nothing', async () => {
    expect(await visits(0, 299)).toBe(1);
    expect(await visits(1)).toBe(2);
  });

  it.each(['no-store', 'no-cache', 'max-age=0'])('CI-07 asks every time with %s', async (cacheControl) => {
    answer(documentAnswer({}, { 'cache-control': cacheControl }));
    expect(await visits(0, 0, 0)).toBe(3);
  });

  it('CI-07 asks whether it changed, by its entity tag, and goes on with a 304', async () => {
    answer(documentAnswer({}, { 'cache-control': 'max-age=60', etag: '"1"' }));
    await visits(0);
    answer({ status: 304, headers: { 'cache-control': 'max-age=600' } });
    expect(await visits(60, 599)).toBe(2);
    expect(by.host.requests[1]?.headers).toMatchObject({ 'if-none-match': '"1"' });
    // A 304 that says nothing leaves things as they were.
    answer({ status: 304 });
    expect(await visits(1, 599)).toBe(3);
    answer(documentAnswer({ client_name: 'Another name' }, { etag: '"2"' }));
    expect(await visits(1)).toBe(4);
    expect(by.host.requests[3]?.headers).toMatchObject({ 'if-none-match': '"1"' });
    expect((await storedClients())[0]).toMatchObject({ clientName: 'Another name', document: { entityTag: '"2"' } });
  });

  it.each([
    ['no entity tag', {}],
    ['no-store', { etag: '"1"', 'cache-control': 'no-store' }],
    ['an entity tag that is none', { etag: '1' }],
  ])('CI-04 takes a 304 for an error after %s', async (_title, headers) => {
    answer(documentAnswer({}, { 'cache-control': 'max-age=60', ...headers }));
    await visits(0);
    by.test.clock.now += 60;
    answer({ status: 304 });
    await expectConstantPage(await request());
    expect(by.host.requests[1]?.headers).not.toHaveProperty('if-none-match');
  });

  it('CI-07 makes one fetch of 100 first uses, and gives each its own answer', async () => {
    let open = (): void => {};
    by.host.gate = new Promise((resolve) => {
      open = resolve;
    });
    const responses = Array.from({ length: 100 }, (_, index) => request({ state: `state ${index}` }));
    await new Promise((resolve) => setTimeout(resolve, 20));
    open();
    const locations = (await Promise.all(responses)).map((response) => response.headers.get('location'));
    expect(by.host.requests).toHaveLength(1);
    expect(new Set(locations).size).toBe(100);
    expect(locations.every((location) => location?.startsWith('/interaction?'))).toBe(true);
    expect(await storedClients()).toHaveLength(1);
  });

  it('CI-07 makes one fetch of 100 uses that fail, and gives each the page', async () => {
    answer('not_connected');
    const responses = await Promise.all(Array.from({ length: 100 }, () => request()));
    expect(responses.map((response) => response.status)).toEqual(Array.from({ length: 100 }, () => 400));
    expect(by.host.requests.length).toBeLessThan(100);
    expect(eventsOf('client.document_refused')).toHaveLength(100);
  });

  it('CI-07 limits how many documents a network may have fetched, and stores none for being named', async () => {
    const named = (index: number): string => `https://evil.test/${index}.json`;
    const statuses: number[] = [];
    for (let index = 0; index < 200; index += 1) {
      by.host.answers.set(named(index), { body: documentOf(named(index)) });
      statuses.push((await request({ client_id: named(index), scope: 'a"b' })).status);
    }
    expect(statuses.filter((status) => status === 400)).toHaveLength(30);
    expect(statuses.slice(30).every((status) => status === 429)).toBe(true);
    expect(by.host.requests).toHaveLength(30);
    expect(await storedClients()).toEqual([]);
  });

  it('CI-07 says when to come back, counts fetches alone, and leaves other networks alone', async () => {
    await start({
      rateLimits: {
        metadataDocumentPerNetwork: { name: 'metadata_document_per_network', points: 1, windowSeconds: 60 },
      },
    });
    expect(isAccepted(await request())).toBe(true);
    expect(isAccepted(await request())).toBe(true);
    const other = 'https://other.test/client.json';
    by.host.answers.set(other, { body: documentOf(other) });
    const limited = await request({ client_id: other });
    expect(limited.status).toBe(429);
    expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await readPage(limited)).page).toBe('error');
    expect(by.test.events.at(-1)).toMatchObject({
      type: 'rate_limit.exceeded',
      rule: 'metadata_document_per_network',
      clientId: other,
    });
    expect(isAccepted(await request({ client_id: other }, '198.51.100.7'))).toBe(true);
    by.test.clock.now += 60;
    expect(isAccepted(await request({ client_id: other }))).toBe(true);
  });

  it('CI-07 does not let a network over its limit spoil the same fetch for another', async () => {
    await start({
      rateLimits: {
        metadataDocumentPerNetwork: { name: 'metadata_document_per_network', points: 1, windowSeconds: 60 },
      },
    });
    await request();
    const other = 'https://other.test/client.json';
    by.host.answers.set(other, { body: documentOf(other) });
    const [over, under] = await Promise.all([
      request({ client_id: other }),
      request({ client_id: other }, '198.51.100.7'),
    ]);
    expect([over.status, isAccepted(under)]).toEqual([429, true]);
  });
});
