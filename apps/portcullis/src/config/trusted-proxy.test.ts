import { describe, expect, it } from 'vitest';
import { checkTrustedProxy, parseAddressRange } from './trusted-proxy.js';

const rangeOf = (text: string): string | undefined => parseAddressRange(text)?.join('/');

describe('GW-03 an entry of trustedProxies', () => {
  it.each([
    ['10.0.0.0/8', '10.0.0.0/8'],
    ['192.0.2.7', '192.0.2.7/32'],
    ['::ffff:10.0.0.0/104', '10.0.0.0/8'],
    ['::ffff:192.0.2.7', '192.0.2.7/32'],
    ['2001:db8::/32', '2001:db8::/32'],
    ['2001:db8::1', '2001:db8::1/128'],
    ['fc00::/7', 'fc00::/7'],
    ['fe80::/10', 'fe80::/10'],
  ])('%s is %s', (text, range) => {
    expect(rangeOf(text)).toBe(range);
    expect(checkTrustedProxy(text)).toBeUndefined();
  });

  it.each([
    '010.0.0.0/8',
    '10/8',
    '172.16/12',
    '10',
    '0x0a.0.0.0/8',
    '167772160/8',
    '10.0.0.0/08',
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '2001:db8::/129',
    '::ffff:010.0.0.0/104',
    'proxy.example',
    '',
  ])('%j is no range', (text) => {
    expect(checkTrustedProxy(text)).toBe('must be an address or a CIDR range such as 10.0.0.0/8');
  });

  it.each(['0.0.0.0/0', '::/0', '::ffff:0.0.0.0/96', '::ffff:0.0.0.0/90'])('%s holds everybody', (text) => {
    expect(checkTrustedProxy(text)).toBe('trusts every address; name your own proxies');
  });

  it.each([
    ['0.0.0.0/1', 8],
    ['10.0.0.0/7', 8],
    ['::ffff:0.0.0.0/97', 8],
    ['2000::/3', 16],
    ['2001::/15', 16],
    ['fc00::/6', 7],
  ])('%s is wider than /%s', (text, fewest) => {
    expect(checkTrustedProxy(text)).toBe(`is wider than /${fewest}; name your own proxies`);
  });
});
