import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** The only IPv6 addresses that are given out for the public internet (IANA IPv6 Global Unicast Address Space). */
const GLOBAL_UNICAST_IPV6 = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * Whether `address` is one of the public internet: none of the special-use blocks of IANA (RFC 6890), and of IPv6 only
 * 2000::/3, so that no form of an IPv4 address inside an IPv6 address counts. False for what is no address in its plain
 * form, and for one with a zone.
 */
export function isPublicAddress(address: string): boolean {
  const parsed = parseAddress(address);
  if (parsed?.range() !== 'unicast') return false;
  return parsed.kind() === 'ipv4' || parsed.match(GLOBAL_UNICAST_IPV6);
}

/** Whether `address` is this computer's own (127.0.0.0/8, ::1). */
export function isLoopbackAddress(address: string): boolean {
  return parseAddress(address)?.range() === 'loopback';
}

function parseAddress(address: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  return isIP(address) !== 0 && !address.includes('%') ? ipaddr.parse(address) : undefined;
}
