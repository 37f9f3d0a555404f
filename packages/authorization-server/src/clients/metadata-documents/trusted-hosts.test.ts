import { describe, expect, it } from 'vitest';
import { isHostPattern, judgeHost } from './trusted-hosts.js';

const options = {
  allowedHosts: ['app.example', '*.good.example', '*.com'],
  deniedHosts: ['bad.good.example', '*.evil.com'],
  otherHosts: 'ask',
} as const;

describe('judgeHost', () => {
  it.each([
    ['app.example', 'allow'],
    ['x.app.example', 'ask'],
    ['app.example.evil.test', 'ask'],
    ['good.example', 'ask'],
    ['a.good.example', 'allow'],
    ['a.b.good.example', 'allow'],
    ['notgood.example', 'ask'],
    ['.good.example', 'ask'],
    ['bad.good.example', 'deny'],
    ['x.bad.good.example', 'allow'],
    ['x.evil.com', 'deny'],
    ['evil.com', 'allow'],
    ['[2606:4700::1111]', 'ask'],
  ])('says of %s: %s', (host, judgement) => {
    expect(judgeHost(host, options)).toBe(judgement);
  });

  it.each(['allow', 'ask', 'deny'] as const)(
    'says %s of a host on no list when that is for all others',
    (otherHosts) => {
      expect(judgeHost('other.test', { ...options, otherHosts })).toBe(otherHosts);
    },
  );
});

describe('isHostPattern', () => {
  it.each(['app.example', '*.app.example', 'xn--bcher-kva.example', 'localhost', '93.184.216.34', '[2606:4700::1111]'])(
    'accepts %s',
    (pattern) => {
      expect(isHostPattern(pattern)).toBe(true);
    },
  );

  it.each([
    '',
    '*',
    '*.',
    '**.app.example',
    'a.*.example',
    'App.example',
    'app.example.',
    '.app.example',
    'https://app.example',
    'app.example:443',
    'app.example/x',
    'bücher.example',
    ' app.example',
  ])('refuses %j', (pattern) => {
    expect(isHostPattern(pattern)).toBe(false);
  });
});
