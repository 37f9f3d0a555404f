import ipaddr from 'ipaddr.js';
import { isLoopbackHost } from '../config/public-url.js';

/**
 * The value of `Strict-Transport-Security` (RFC 6797 §6.1) for a gate at this address: browsers that were there once go by https
 * from then on. Nothing is said of subdomains, which are others' affair. Undefined where it is turned off, and where it would
 * mean nothing or do harm: for plain http (§7.2), for an IP address (§8.1.1), for `localhost`, which is every program of this
 * machine, and for a port of its own: browsers hold the whole host to it, whatever the port (§8.3), and the gate answers for
 * one port only. Taken back it is from any port: that harms nobody, and it may have been said when there was none.
 *
 * @param publicUrl - the configured origin
 * @param maxAgeSeconds - for how long; 0 takes back what browsers were told before (§6.1.1); false says nothing
 */
export function strictTransportSecurity(publicUrl: string, maxAgeSeconds: number | false): string | undefined {
  const { protocol, hostname, port } = new URL(publicUrl);
  if (maxAgeSeconds === false || protocol !== 'https:' || isLoopbackHost(hostname)) return undefined;
  if (port !== '' && maxAgeSeconds !== 0) return undefined;
  const bare = hostname.replace(/\.$/, '');
  const isLocal = bare === 'localhost' || bare.endsWith('.localhost');
  return isLocal || ipaddr.isValid(bare.replace(/^\[|\]$/g, '')) ? undefined : `max-age=${maxAgeSeconds}`;
}
