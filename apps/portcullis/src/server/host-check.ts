import { parseUrl } from '@portcullis/protocol';
import { isLoopbackHost } from '../config/public-url.js';

/** How a request that is meant for another host is answered. */
export interface HostRefusal {
  readonly status: 403 | 421;
  readonly text: string;
  /** The request named this machine by another of its loopback names, at our port: a person meant us. */
  readonly isAlias: boolean;
}

/** Holds the host that a request names (a `Host` header, or the authority of its target) against the public URL. */
export type HostCheck = (host: string | undefined) => HostRefusal | undefined;

/**
 * Only the host and port of the public URL are ours, so a page elsewhere that has rebound its name to this address
 * reaches nothing (GW-06). A gate bound to loopback answers 403, any other 421 (RFC 9110 §15.5.20). Compared without
 * regard to case; a default port may be written or left out.
 */
export function createHostCheck(publicUrl: string, boundTo: string): HostCheck {
  const { host: expected, protocol, origin } = new URL(publicUrl);
  const defaultPort = protocol === 'https:' ? ':443' : ':80';
  const { port, hostname } = new URL(publicUrl);
  const refusal: HostRefusal = {
    isAlias: false,
    status: isLoopbackHost(boundTo) ? 403 : 421,
    text: `This gate answers at ${origin} only. The request named another host.\n`,
  };
  return (host) => {
    if (host === expected) return undefined;
    const folded = host?.toLowerCase() ?? '';
    const bare = folded.endsWith(defaultPort) ? folded.slice(0, -defaultPort.length) : folded;
    if (bare === expected) return undefined;
    return isLoopbackHost(hostname) && isLoopbackAlias(bare, port) ? { ...refusal, isAlias: true } : refusal;
  };
}

function isLoopbackAlias(host: string, port: string): boolean {
  const url = parseUrl(`http://${host}`);
  return url !== undefined && url.host === host && url.port === port && isLoopbackHost(url.hostname);
}
