import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openWayOut } from './probe-context.js';
import { type FakeProvider, startFakeProvider } from './testing/fake-provider.js';

let fake: FakeProvider;
beforeAll(async () => {
  fake = await startFakeProvider();
});
afterAll(() => fake.close());

const LIMITS = { maxBytes: 1024, timeoutMilliseconds: 1000 };

describe('the way out', () => {
  it('CI-02 of an issuer elsewhere never leads to this computer, nor to where clouds keep credentials', async () => {
    const { port } = new URL(fake.origin);
    for (const allowPrivate of [false, true]) {
      const fetch = openWayOut(new URL('https://login.example.com/tenant'), { allowPrivate });
      const urls = [
        fake.origin,
        `https://127.0.0.1:${port}/`,
        `https://localhost:${port}/`,
        'https://169.254.169.254/',
      ];
      for (const url of urls) {
        const answer = await fetch({ url, ...LIMITS });
        expect([url, answer]).toEqual([
          url,
          { ok: false, failure: url.startsWith('http:') ? 'url_refused' : 'address_refused' },
        ]);
      }
    }
    expect(fake.asked).toEqual([]);
  });

  it('of an issuer on this computer leads to this computer, over http as well', async () => {
    const fetch = openWayOut(new URL(fake.origin), { allowPrivate: false });
    expect(await fetch({ url: `${fake.origin}/nothing`, ...LIMITS })).toMatchObject({
      ok: true,
      value: { status: 404 },
    });
    expect(await fetch({ url: 'https://10.0.0.1/', ...LIMITS })).toMatchObject({ failure: 'address_refused' });
  });
});
