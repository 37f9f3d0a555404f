import ipaddr from 'ipaddr.js';
import { isLoopbackHost } from '../config/public-url.js';

/** One year. */
const HEADER = 'max-age=31536000';

/**
 * The value of `Strict-Transport-Security` (RFC 6797 §6.1) for a gate at this address: browsers that were there once go by https
 * from then on. Nothing is said of subdomains, which are others' affair. Undefined where it would mean nothing or do harm: for
 * plain http (§7.2), for an IP address (§8.1.1), and for `localhost`, which is every program of this machine.
 *
 * @param publicUrl - the configured origin
 */
export function strictTransportSecurity(publicUrl: string): string | undefined {
  const { protocol, hostname } = new URL(publicUrl);
  if (protocol !== 'https:' || isLoopbackHost(hostname)) return undefined;
  const bare = hostname.replace(/\.$/, '');
  const isLocal = bare === 'localhost' || bare.endsWith('.localhost');
  return isLocal || ipaddr.isValid(bare.replace(/^\[|\]$/g, '')) ? undefined : HEADER;
}
