import { describe, expect, it } from 'vitest';
import { judgeClientIdUrl } from './judge-url.js';

describe('judgeClientIdUrl', () => {
  it.each(['https://app.example/client.json', 'https://app.example:8443/a/b', 'https://[2606::1]/c'])(
    'finds nothing in %s',
    (url) => {
      expect(judgeClientIdUrl(url)).toEqual([]);
    },
  );

  it.each([
    ['http://app.example/client.json', 'it is plain http'],
    ['client.json', 'it does not begin with https://'],
    ['https://app.example', 'has no path'],
    ['https://app.example/', 'has no path'],
    ['https://app.example/client.json#x', 'fragment'],
    ['https://user@app.example/client.json', 'user or password'],
    ['https://app.example/a/../client.json', 'segment'],
    ['https://app.example/%2e%2E/client.json', 'segment'],
    ['https://app.example:443/client.json', 'default port'],
    ['https://APP.example/client.json', 'its host has capital letters'],
    ['https:/client.json', 'and a host'],
    ['HTTPS://app.example/client.json', 'https:// in lower case'],
    ['https://app.example/%zz', 'a % that begins no escape'],
    ['https://app.example./client.json', 'dot at the end'],
    ['https://app.example/a b', 'it holds " "'],
    [`https://app.example/${'x'.repeat(1024)}`, 'longer than 1024'],
  ])('CI-01 tells why %s is no client id', (url, words) => {
    expect(judgeClientIdUrl(url)).toMatchObject([
      { kind: 'error', rule: 'client-id-url', message: expect.stringContaining(words) },
    ]);
  });

  it.each([
    ['https://app.example/client?x=1', 'query'],
    [`https://app.example/${'x'.repeat(300)}`, 'characters'],
  ])('advises against %s', (url, words) => {
    expect(judgeClientIdUrl(url)).toMatchObject([{ kind: 'advice', message: expect.stringContaining(words) }]);
  });
});
