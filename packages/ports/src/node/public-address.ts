import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** The only IPv6 addresses that are given out for the public internet (IANA IPv6 Global Unicast Address Space). */
const GLOBAL_UNICAST_IPV6 = ipaddr.IPv6.parseCIDR('2000::/3');

/** Networks behind a company's or a household's own border (RFC 1918, RFC 4193), and those laid over others (RFC 6598). */
const PRIVATE_RANGES: readonly string[] = ['private', 'uniqueLocal', 'carrierGradeNat'];

/**
 * Where clouds hand the credentials of a machine to whoever asks, outside the link-local blocks: the wire server of Azure,
 * which has a public address, and the services of Alibaba Cloud, AWS, Google Cloud and Scaleway, which have private ones.
 */
const CLOUD_SERVICES: readonly [ipaddr.IPv4 | ipaddr.IPv6, number][] = [
  '168.63.129.16/32',
  '100.100.100.200/32',
  'fd00:ec2::/32',
  'fd20:ce::/32',
  'fd00:42::42/128',
].map((block) => ipaddr.parseCIDR(block));

/**
 * Whether `address` is one of the public internet: none of the special-use blocks of IANA (RFC 6890), and of IPv6 only
 * 2000::/3, so that no form of an IPv4 address inside an IPv6 address counts. False for what is no address in its plain
 * form, for one with a zone, and for where a cloud keeps the credentials of its machines.
 */
export function isPublicAddress(address: string): boolean {
  const parsed = parseAddress(address);
  if (parsed?.range() !== 'unicast' || isCloudService(parsed)) return false;
  return parsed.kind() === 'ipv4' || parsed.match(GLOBAL_UNICAST_IPV6);
}

/** Whether `address` is this computer's own (127.0.0.0/8, ::1). */
export function isLoopbackAddress(address: string): boolean {
  return parseAddress(address)?.range() === 'loopback';
}

/**
 * Whether `address` is one of a network that is somebody's own: 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, fc00::/7, and
 * 100.64.0.0/10, where overlay networks live. Never a link-local one, nor where a cloud keeps the credentials of its
 * machines.
 */
export function isPrivateAddress(address: string): boolean {
  const parsed = parseAddress(address);
  return parsed !== undefined && PRIVATE_RANGES.includes(parsed.range()) && !isCloudService(parsed);
}

function isCloudService(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  return CLOUD_SERVICES.some(([block, bits]) => address.kind() === block.kind() && address.match(block, bits));
}

function parseAddress(address: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  return isIP(address) !== 0 && !address.includes('%') ? ipaddr.parse(address) : undefined;
}
