import ipaddr from 'ipaddr.js';

/** A range of addresses. */
export type AddressRange = readonly [ipaddr.IPv4 | ipaddr.IPv6, number];

/** The range that a CIDR text or a single address names; undefined for anything else. */
export function parseAddressRange(text: string): AddressRange | undefined {
  if (ipaddr.isValidCIDR(text)) return ipaddr.parseCIDR(text);
  if (!ipaddr.isValid(text)) return undefined;
  const address = ipaddr.process(text);
  return [address, address.kind() === 'ipv4' ? 32 : 128];
}

/** What is wrong with an entry of `trustedProxies`, or undefined. A range that holds everybody is refused: it would let
 * any client write its own address (GW-03). */
export function checkTrustedProxy(text: string): string | undefined {
  const range = parseAddressRange(text);
  if (range === undefined) return 'must be an address or a CIDR range such as 10.0.0.0/8';
  const [address, bits] = range;
  const mappedIpv4 = address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress();
  if (bits === 0 || (mappedIpv4 && bits <= 96)) return 'trusts every address; name your own proxies';
  return undefined;
}
