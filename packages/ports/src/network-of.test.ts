import * as fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { expect, it } from 'vitest';
import { networkOf } from './network-of.js';

it.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['::ffff:c000:207', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:DB8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['1.2.3', 'unknown'],
  ['1.2.3.4.', 'unknown'],
  ['01.2.3.4', 'unknown'],
  ['256.1.1.1', 'unknown'],
  ['host.example', 'unknown'],
  ['::1]/@evil', 'unknown'],
  ['', 'unknown'],
  [undefined, 'unknown'],
])('%s is of the network %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});

it('reads every address as the library of addresses does', () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
      // That library takes the deprecated `::192.0.2.7` (RFC 4291 §2.5.5.1) for a mapped address, which it is not.
      fc.pre(!/^(::|(0+:){6})[0-9.]+$/.test(text) || !text.includes('.'));
      const address = ipaddr.process(text);
      const expected =
        address instanceof ipaddr.IPv4
          ? address.toString()
          : `${address.parts
              .slice(0, 4)
              .map((part) => part.toString(16))
              .join(':')}::/64`;
      expect(networkOf(text)).toBe(expected);
    }),
  );
});
