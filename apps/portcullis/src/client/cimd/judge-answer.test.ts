import { describe, expect, it } from 'vitest';
import { judgeAnswer, tellUnreached } from './judge-answer.js';

const GOOD = { 'content-type': 'application/json', 'cache-control': 'max-age=3600', etag: '"1"' };
const judge = (headers: Record<string, string>, status = 200) =>
  judgeAnswer({ status, headers: new Headers(headers), body: new Uint8Array() }, 1_800_000_000);

describe('judgeAnswer', () => {
  it.each<[string, Record<string, string>]>([
    ['JSON', {}],
    ['JSON of a kind', { 'content-type': 'application/oauth-client+json; charset=utf-8' }],
  ])('finds nothing in an answer of %s that may be kept', (_what, headers) => {
    expect(judge({ ...GOOD, ...headers })).toEqual([]);
  });

  it.each<[string, Record<string, string>, number, string, string]>([
    ['a redirect', { location: 'https://evil.example/' }, 302, 'status', 'redirect to "https://evil.example/"'],
    ['no content', {}, 204, 'status', 'HTTP 204'],
    ['not found', {}, 404, 'status', 'HTTP 404'],
    ['HTML', { 'content-type': 'text/html' }, 200, 'content-type', '"text/html"'],
    ['another charset', { 'content-type': 'application/json; charset=latin1' }, 200, 'content-type', 'charset=utf-8'],
  ])('CI-04 tells of %s', (_what, headers, status, rule, words) => {
    expect(judge({ ...GOOD, ...headers }, status)).toMatchObject([
      { kind: 'error', rule, message: expect.stringContaining(words) },
    ]);
  });

  it.each<[string, Record<string, string>, string]>([
    ['must not be kept', { 'cache-control': 'no-store' }, 'no-store'],
    ['is stale at once', { 'cache-control': 'no-cache' }, 'fresh for 0 s'],
    ['is fresh for a year', { 'cache-control': 'max-age=31536000' }, 'a day or more'],
    ['says nothing of it', { 'cache-control': '' }, 'max-age=3600'],
    ['has no tag', { etag: '' }, ''],
  ])('CI-07 advises where the answer %s', (_what, headers, words) => {
    const entries = Object.entries({ ...GOOD, ...headers }).filter(([, value]) => value !== '');
    expect(judge(Object.fromEntries(entries))).toMatchObject([
      { kind: 'advice', rule: 'caching', message: expect.stringContaining(words) },
    ]);
  });

  it('says why there was no answer, with the code of the error where there is one', () => {
    expect(tellUnreached({ ok: false, failure: 'tls_failed', detail: 'CERT_HAS_EXPIRED' })).toMatchObject({
      rule: 'reachable',
      message: expect.stringContaining('(CERT_HAS_EXPIRED)'),
    });
    expect(tellUnreached({ ok: false, failure: 'too_large' })).toMatchObject({ rule: 'size', kind: 'error' });
  });
});
