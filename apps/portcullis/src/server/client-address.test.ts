import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import ipaddr from 'ipaddr.js';
import { describe, expect, it } from 'vitest';
import { createClientNetworkReader, createCountedNetwork, networkKey } from './client-address.js';

function request(remoteAddress: string | undefined, headers: Record<string, string> = {}): IncomingMessage {
  // Only these two members are read.
  return { socket: { remoteAddress }, headers } as unknown as IncomingMessage;
}

describe('the network of a request', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
  ])('GW-17 counts %s as %s', (address, key) => {
    expect(networkKey(ipaddr.parse(address))).toBe(key);
  });

  it('GW-17 keeps two IPv4 clients of a dual-stack socket apart', () => {
    const read = createClientNetworkReader([]);
    expect(read(request('::ffff:203.0.113.7'))).not.toBe(read(request('::ffff:203.0.113.8')));
    expect(read(request('fe80::1%eth0'))).toBe('fe80:0:0:0::/64');
    expect(read(request(undefined))).toBe('unknown');
  });

  it.each(['X-Forwarded-For', 'Forwarded', 'X-Real-IP', 'X-Client-IP', 'CF-Connecting-IP', 'True-Client-IP'])(
    'GW-03 ignores %s of a peer that is no trusted proxy',
    (name) => {
      const headers = { [name.toLowerCase()]: '198.51.100.1' };
      expect(createClientNetworkReader([])(request('203.0.113.7', headers))).toBe('203.0.113.7');
      expect(createClientNetworkReader(['10.0.0.0/8'])(request('203.0.113.7', headers))).toBe('203.0.113.7');
    },
  );

  it.each([
    ['198.51.100.1', '198.51.100.1'],
    ['1.1.1.1, 198.51.100.1', '198.51.100.1'],
    ['198.51.100.1, 10.9.9.9', '198.51.100.1'],
    ['1.1.1.1,198.51.100.1 , 10.9.9.9,10.1.1.1', '198.51.100.1'],
    ['198.51.100.1:4711', '198.51.100.1'],
    ['[2001:db8::1]:4711', '2001:db8:0:0::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['10.9.9.9', '10.9.9.9'],
    ['198.51.100.1, unknown', '10.0.0.1'],
    ['198.51.100.1, unknown, 10.9.9.9', '10.9.9.9'],
    ['198.51.100.1, 0x0a000001', '10.0.0.1'],
    ['', '10.0.0.1'],
  ])('GW-03 behind a trusted proxy, %j means %s', (forwarded, key) => {
    const read = createClientNetworkReader(['10.0.0.0/8']);
    expect(read(request('10.0.0.1', { 'x-forwarded-for': forwarded }))).toBe(key);
    expect(read(request('::ffff:10.0.0.1', { 'x-forwarded-for': forwarded }))).toBe(key);
  });

  it('GW-03 reads no other header of a trusted proxy', () => {
    const headers = { forwarded: 'for=198.51.100.1', 'x-real-ip': '198.51.100.1' };
    expect(createClientNetworkReader(['10.0.0.1'])(request('10.0.0.1', headers))).toBe('10.0.0.1');
  });
});

describe('the network that a connection is counted for', () => {
  const counted = (remoteAddress: string | undefined) =>
    createCountedNetwork(['10.0.0.0/8', '2001:db8:f::/48'])({ remoteAddress } as unknown as Socket);

  it.each([
    '127.0.0.1',
    '127.9.9.9',
    '::1',
    '::ffff:127.0.0.1',
    '10.1.2.3',
    '::ffff:10.1.2.3',
    '2001:db8:f::1',
    undefined,
  ])('is none for %s', (address) => {
    expect(counted(address)).toBeUndefined();
  });

  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1::/48'],
    ['2001:db8:1:ffff::1', '2001:db8:1::/48'],
    ['2001:db8::1', '2001:db8:0::/48'],
  ])('GW-17 is for %s the address, or its site in IPv6', (address, network) => {
    expect(counted(address)).toBe(network);
  });
});
