import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** A range of addresses. Those of IPv4 that are mapped into IPv6 are IPv4 here, as the peers of connections are. */
export type AddressRange = readonly [ipaddr.IPv4 | ipaddr.IPv6, number];

const BITS = /^(?:0|[1-9]\d{0,2})$/;
const MAPPED_BITS = 96;

/** Bits that a range fixes at least. Nobody has a wider one; of IPv6, sites have the whole of `fc00::/7` to choose from. */
const FEWEST_BITS = { ipv4: 8, ipv6: 16, ipv6Local: 7 } as const;
const LOCAL = new Set(['uniqueLocal', 'linkLocal']);

/**
 * The range that a CIDR text (RFC 4632 §3.1, RFC 4291 §2.3) or a single address names; undefined for anything else. IPv4 has
 * four decimal parts without leading zeros: the older forms, as `010.0.0.0` and `10/8`, mean other networks to other readers.
 * Does not ask how wide it is, see {@link checkTrustedProxy}; the bits of a mapped range that holds all of IPv4 are negative or 0.
 */
export function parseAddressRange(text: string): AddressRange | undefined {
  const slash = text.lastIndexOf('/');
  const written = slash === -1 ? text : text.slice(0, slash);
  const family = isIP(written);
  if (family === 0) return undefined;
  const longest = family === 4 ? 32 : 128;
  const suffix = slash === -1 ? String(longest) : text.slice(slash + 1);
  const bits = Number(suffix);
  if (!BITS.test(suffix) || bits > longest) return undefined;
  const address = ipaddr.process(written);
  return [address, family === 6 && address.kind() === 'ipv4' ? bits - MAPPED_BITS : bits];
}

/** What is wrong with an entry of `trustedProxies`, or undefined. A range that holds everybody, or more than anybody's own
 * networks, is refused: it would let any client, or a good part of them, write its own address (GW-03). */
export function checkTrustedProxy(text: string): string | undefined {
  const range = parseAddressRange(text);
  if (range === undefined) return 'must be an address or a CIDR range such as 10.0.0.0/8';
  const [address, bits] = range;
  if (bits <= 0) return 'trusts every address; name your own proxies';
  const kind = address.kind() === 'ipv6' && LOCAL.has(address.range()) ? 'ipv6Local' : address.kind();
  const fewest = FEWEST_BITS[kind];
  return bits < fewest ? `is wider than /${fewest}; name your own proxies` : undefined;
}
