import { isIP, type Socket } from 'node:net';
import { connect as tlsConnect } from 'node:tls';
import { fail, type Result, succeed } from '@portcullis/protocol';
import type { UntrustedFetchFailure, UntrustedFetchResult } from '../untrusted-fetch.js';
import type { ResolveName } from './name-resolver.js';
import { isLoopbackAddress, isPrivateAddress, isPublicAddress } from './public-address.js';

/** What a guarded connection is made with. */
export interface ConnectionGuard {
  readonly resolve: ResolveName;
  /** Begins a TCP connection to an address that was vetted. */
  readonly connect: (address: string, port: number) => Socket;
  readonly allowLoopback: boolean;
  readonly allowPrivate: boolean;
  /** Certificates to trust in place of the platform's, in PEM. */
  readonly trustedCertificates: string | undefined;
}

/** Where to connect to. */
export interface ConnectionTarget {
  /** As in a URL, an IPv6 address without its brackets. */
  readonly host: string;
  readonly port: number;
  /** Without TLS: then no address but this computer's own is allowed. */
  readonly isPlain: boolean;
}

/** Why there is no connection. */
type ConnectionFailure = Extract<UntrustedFetchResult, { readonly ok: false }>;

/** A connection, or why there is none. */
export type ConnectionResult = { readonly ok: true; readonly value: Socket } | ConnectionFailure;

/** A host with many addresses is tried at this many, of either family where it has both. */
const MAX_ATTEMPTS = 3;

/**
 * Opens a connection to a host that a stranger named, with TLS unless it leads to this computer and was asked for without. The host's addresses are vetted first, all of them, a literal
 * like any answer of a name server; then one that was vetted is connected to, so that a second look-up cannot lead
 * elsewhere; then the address at the other end is vetted before a byte is sent. The certificate has to be for the name.
 *
 * @param attemptMilliseconds - how long an address may take to answer before the next one is tried; the last has what
 * time is left
 */
export async function openGuardedConnection(
  target: ConnectionTarget,
  guard: ConnectionGuard,
  attemptMilliseconds: number,
  signal: AbortSignal,
): Promise<ConnectionResult> {
  const addresses = await findAddresses(target, guard, signal);
  if (!addresses.ok) return addresses;
  const tried = alternateFamilies(addresses.value).slice(0, MAX_ATTEMPTS);
  let told: ConnectionFailure = fail('name_not_resolved');
  for (const [index, address] of tried.entries()) {
    const isLast = index === tried.length - 1;
    const attempt = isLast ? signal : AbortSignal.any([signal, AbortSignal.timeout(attemptMilliseconds)]);
    const connection = await connectTo(address, target, guard, attempt);
    if (connection.ok || signal.aborted) return connection;
    // An address that answered tells more than one where nobody listens: `localhost` has both kinds.
    if (told.failure !== 'tls_failed') told = connection;
  }
  return told;
}

/** One address that is not allowed is enough: whoever controls the name chooses which of them is taken. */
async function findAddresses(
  target: ConnectionTarget,
  guard: ConnectionGuard,
  signal: AbortSignal,
): Promise<Result<readonly string[], UntrustedFetchFailure>> {
  const { host } = target;
  const isAllowed = (address: string): boolean => isAllowedAddress(address, target, guard);
  if (isIP(host) !== 0) return isAllowed(host) ? succeed([host]) : fail('address_refused');
  const addresses = await resolveInTime(host, guard.resolve, signal);
  if (addresses === undefined) return fail(signal.aborted ? 'timed_out' : 'name_not_resolved');
  if (addresses.length === 0) return fail('name_not_resolved');
  return addresses.every(isAllowed) ? succeed(addresses) : fail('address_refused');
}

/** IPv4 and IPv6 in turn: on a network that has one of them alone, the other's addresses are not all that is tried. */
function alternateFamilies(addresses: readonly string[]): readonly string[] {
  const ofFamily = (family: number): string[] => addresses.filter((address) => isIP(address) === family);
  const [older, newer] = [ofFamily(4), ofFamily(6)];
  return addresses.flatMap((_address, index) => [...older.slice(index, index + 1), ...newer.slice(index, index + 1)]);
}

function isAllowedAddress(
  address: string,
  { isPlain }: ConnectionTarget,
  { allowLoopback, allowPrivate }: ConnectionGuard,
): boolean {
  if (isLoopbackAddress(address)) return allowLoopback;
  return !isPlain && (isPublicAddress(address) || (allowPrivate && isPrivateAddress(address)));
}

/** Undefined when the resolver failed, or has not answered when the time is over. */
async function resolveInTime(
  host: string,
  resolve: ResolveName,
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  try {
    return await Promise.race([resolve(host, signal), whenAborted(signal)]);
  } catch {
    return undefined;
  }
}

function whenAborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}

async function connectTo(
  address: string,
  target: ConnectionTarget,
  guard: ConnectionGuard,
  signal: AbortSignal,
): Promise<ConnectionResult> {
  const { host, port, isPlain } = target;
  const socket = guard.connect(address, port);
  if (!(await happens(socket, 'connect', signal))) return fail(signal.aborted ? 'timed_out' : 'not_connected');
  if (!isAllowedAddress(socket.remoteAddress ?? '', target, guard)) {
    socket.destroy();
    return fail('address_refused');
  }
  if (isPlain) return succeed(socket);
  const secured = tlsConnect({
    socket,
    host,
    // An address is no server name (RFC 6066 §3); the certificate is then held against `host`.
    servername: isIP(host) === 0 ? host : '',
    ALPNProtocols: ['http/1.1'],
    rejectUnauthorized: true,
    ...(guard.trustedCertificates === undefined ? {} : { ca: guard.trustedCertificates }),
  });
  let detail: string | undefined;
  secured.once('error', (error: NodeJS.ErrnoException) => {
    detail = error.code;
  });
  if (await happens(secured, 'secureConnect', signal)) return succeed(secured);
  if (signal.aborted) return fail('timed_out');
  return detail === undefined ? fail('tls_failed') : { ok: false, failure: 'tls_failed', detail };
}

/** Waits for `event`. False, and the socket gone, when an error, the other end or `signal` comes before. */
function happens(socket: Socket, event: 'connect' | 'secureConnect', signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (happened: boolean): void => {
      socket.removeListener('close', refuse);
      signal.removeEventListener('abort', refuse);
      // Errors that come later must not end the process; whoever uses the socket sees them as well.
      if (!happened) socket.destroy();
      resolve(happened);
    };
    const refuse = (): void => settle(false);
    socket.on('error', () => {});
    socket.once(event, () => settle(true));
    socket.once('close', refuse);
    signal.addEventListener('abort', refuse, { once: true });
    if (signal.aborted) refuse();
  });
}
