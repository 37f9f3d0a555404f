import { describe, expect, it } from 'vitest';
import { isLoopbackAddress, isPublicAddress } from './public-address.js';
import { SPECIAL_ADDRESSES } from './testing/special-addresses.js';

describe('isPublicAddress', () => {
  it.each(SPECIAL_ADDRESSES)('CI-02 is false for %s', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it.each([
    '',
    'localhost',
    '2130706433',
    '0177.0.0.1',
    '0x7f.1',
    '127.1',
    '8.8.8',
    '8.8.8.8.',
    ' 8.8.8.8',
    '08.8.8.8',
    '[2606:4700::1111]',
    '2606:4700::1111%eth0',
    '4000::1',
  ])('CI-02 is false for what is no plain address of the internet: %j', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it.each(['8.8.8.8', '93.184.216.34', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '2a00:1450:4001::200e'])(
    'is true for %s',
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );
});

describe('isLoopbackAddress', () => {
  it.each(['127.0.0.1', '127.1.2.3', '::1'])('is true for %s', (address) => {
    expect(isLoopbackAddress(address)).toBe(true);
  });

  it.each(['0.0.0.0', '::', '::ffff:127.0.0.1', '10.0.0.1', '8.8.8.8', '127.1', ''])('is false for %j', (address) => {
    expect(isLoopbackAddress(address)).toBe(false);
  });
});
