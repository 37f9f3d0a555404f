import type { UntrustedFetch } from '@portcullis/ports';
import { createNameResolver, createSystemResolver, createUntrustedFetch } from '@portcullis/ports/node';
import { isLoopbackHost } from '@portcullis/protocol';

/** What every probe is given. */
export interface ProbeContext {
  /** The issuer as it was asked for. */
  readonly issuer: string;
  readonly fetch: UntrustedFetch;
  /** Longest wait for one answer. */
  readonly timeoutMilliseconds: number;
  /** Told what is being waited for, in a few words. */
  readonly progress: (what: string) => void;
}

/** How far a doctor may go. */
export interface Reach {
  /** Addresses of private networks too, over https. */
  readonly allowPrivate: boolean;
}

/**
 * The way out for what a provider names (docs/adr/0011, 0018). Addresses of this computer are reached where the issuer that
 * the operator wrote is one of this computer, private ones where that was asked for, and where clouds keep credentials never.
 * The issuer's own host is looked up as the system does, every other name by the name servers alone.
 */
export function openWayOut(issuer: URL, { allowPrivate }: Reach): UntrustedFetch {
  const isLocal = isLoopbackHost(issuer.hostname);
  const [bySystem, byNameServers] = [createSystemResolver(), createNameResolver()];
  return createUntrustedFetch({
    allowLoopback: isLocal,
    allowPlainLoopback: isLocal,
    allowPrivate,
    resolve: (name, signal) =>
      name === issuer.hostname && !isLocal ? bySystem(name, signal) : byNameServers(name, signal),
  });
}
