import { isIP } from 'node:net';
import type { UntrustedFetch, UntrustedFetchFailure } from '@portcullis/ports';
import {
  createNameResolver,
  createSystemResolver,
  createUntrustedFetch,
  isLoopbackAddress,
  isPrivateAddress,
  type ResolveName,
  type UntrustedFetchOptions,
} from '@portcullis/ports/node';
import { fail, isLoopbackHost, parseEndpointUrl } from '@portcullis/protocol';
import type { Transport, TransportFailure } from '../http/transport.js';
import { OAuthClientError } from '../oauth-client-error.js';

/** How a {@link createGuardedTransport guarded transport} is set up. */
export interface GuardedTransportOptions extends Pick<UntrustedFetchOptions, 'trustedCertificates' | 'connect'> {
  /** The MCP server, as the user named it: what it is decides what it may lead to. */
  readonly serverUrl: string | URL;
  /**
   * Whether addresses of this computer are reached, over https, and over http at `localhost`, `127.0.0.1` and `[::1]`.
   * @defaultValue whether `serverUrl` is one of this computer: `localhost`, a name below it, or a literal address
   */
  readonly allowLoopback?: boolean;
  /**
   * Whether addresses of private networks are reached, over https. Set it to false where the client runs on a server for
   * others. @defaultValue whether every address of the host of `serverUrl` is private, as in a company's own network
   */
  readonly allowPrivate?: boolean;
  /** @defaultValue the host of `serverUrl` as the system does, names that a server gave by the name servers alone */
  readonly resolve?: ResolveName;
}

/** How long the host of the MCP server may take to be looked up, before it counts as not private. */
const LOOKUP_MILLISECONDS = 5000;

const FAILURES: Readonly<Record<UntrustedFetchFailure, TransportFailure>> = {
  url_refused: 'address_refused',
  address_refused: 'address_refused',
  name_not_resolved: 'not_reached',
  not_connected: 'not_reached',
  tls_failed: 'not_reached',
  interrupted: 'not_reached',
  busy: 'timed_out',
  timed_out: 'timed_out',
  too_large: 'too_large',
  // How large it is in truth is not known: a few bytes can stand for any number of them.
  encoding_refused: 'too_large',
};

/**
 * A {@link Transport} for Node that a server cannot use to reach into the network around the client. Public addresses over
 * https are always reached; addresses of this computer, or of private networks, where the server that the user named is
 * there itself; link-local addresses, and where clouds keep credentials, never. Each address is vetted before it is
 * connected to, and again at the other end of the connection: see {@link UntrustedFetch}.
 *
 * Whoever owns the name of the MCP server decides whether it leads to a private address. Does not go through a proxy.
 *
 * @throws {OAuthClientError} `url_refused` where `serverUrl` is no address that a client talks to
 */
export function createGuardedTransport(options: GuardedTransportOptions): Transport {
  const serverUrl = parseEndpointUrl(String(options.serverUrl));
  if (!serverUrl.ok) {
    throw new OAuthClientError('url_refused', 'The server URL is no https URL (or http at localhost).');
  }
  const serverHost = serverUrl.value.hostname.replace(/^\[|\]$/g, '');
  const resolve = options.resolve ?? createServerFirstResolver(serverHost);
  const allowLoopback = options.allowLoopback ?? isThisComputer(serverHost);

  function open(allowPrivate: boolean): UntrustedFetch {
    const { trustedCertificates, connect } = options;
    return createUntrustedFetch({
      allowLoopback,
      allowPlainLoopback: allowLoopback,
      allowPrivate,
      resolve,
      ...(trustedCertificates === undefined ? {} : { trustedCertificates }),
      ...(connect === undefined ? {} : { connect }),
    });
  }

  let opened: UntrustedFetch | undefined;
  async function untrustedFetch(): Promise<UntrustedFetch> {
    if (opened !== undefined) return opened;
    const allowPrivate = options.allowPrivate ?? (await isInPrivateNetwork(serverHost, resolve));
    // What could not be found out is asked again by the next call.
    if (allowPrivate === undefined) return open(false);
    opened ??= open(allowPrivate);
    return opened;
  }

  return async (request) => {
    const answer = await (await untrustedFetch())(request);
    return answer.ok ? answer : fail(FAILURES[answer.failure]);
  };
}

/** The user's own server is found where every other program finds it; for strangers' names see `createNameResolver`. */
function createServerFirstResolver(serverHost: string): ResolveName {
  const [bySystem, byNameServers] = [createSystemResolver(), createNameResolver()];
  const isBySystem = (name: string): boolean => name === serverHost && !isThisComputer(name);
  return (name, signal) => (isBySystem(name) ? bySystem(name, signal) : byNameServers(name, signal));
}

/** By what the user wrote, never by a look-up: whoever owns a name may point it at 127.0.0.1. */
function isThisComputer(host: string): boolean {
  return isLoopbackHost(host) || host.endsWith('.localhost') || isLoopbackAddress(host);
}

/** Undefined where that cannot be found out. */
async function isInPrivateNetwork(host: string, resolve: ResolveName): Promise<boolean | undefined> {
  if (isIP(host) !== 0) return isPrivateAddress(host);
  const signal = AbortSignal.timeout(LOOKUP_MILLISECONDS);
  try {
    const addresses = await Promise.race([resolve(host, signal), whenAborted(signal)]);
    return addresses === undefined ? undefined : addresses.length > 0 && addresses.every(isPrivateAddress);
  } catch {
    return undefined;
  }
}

function whenAborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(undefined), { once: true }));
}
