import { describe, expect, it } from 'vitest';
import { isLoopbackAddress, isPrivateAddress, isPublicAddress } from './public-address.js';
import { CLOUD_ADDRESSES, SPECIAL_ADDRESSES } from './testing/special-addresses.js';

describe('isPublicAddress', () => {
  it.each([...SPECIAL_ADDRESSES, ...CLOUD_ADDRESSES])('CI-02 CL-01 is false for %s', (address) => {
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

describe('isPrivateAddress', () => {
  const PRIVATE = [
    '10.0.0.1',
    '10.255.255.255',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.0.1',
    '192.168.255.255',
    '100.64.0.1',
    '100.127.255.255',
    'fc00::1',
    'fd12:3456::1',
  ];

  it.each(PRIVATE)('is true for %s', (address) => {
    expect(isPrivateAddress(address)).toBe(true);
  });

  it.each([...SPECIAL_ADDRESSES.filter((address) => !PRIVATE.includes(address)), ...CLOUD_ADDRESSES])(
    'CL-01 is false for %s',
    (address) => {
      expect(isPrivateAddress(address)).toBe(false);
    },
  );

  it.each(['8.8.8.8', '2606:4700::1111', '10.1', '010.0.0.1', '::ffff:10.0.0.1', 'fd00::1%eth0', ''])(
    'CL-01 is false for %j',
    (address) => {
      expect(isPrivateAddress(address)).toBe(false);
    },
  );
});
