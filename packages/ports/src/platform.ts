import type { EpochSeconds, Sha256 } from '@portcullis/protocol';
import { base64Url } from '@portcullis/protocol';

/** The time of day. Injected so that expiry is tested without sleeping. */
export interface Clock {
  /** Whole seconds since the epoch. */
  nowEpochSeconds(): EpochSeconds;
}

/** The time that all who share a store agree on, whatever the clock of each host says. */
export interface SharedClock extends Clock {
  /** By how many seconds the clock of this host is ahead of it, as it was last measured; negative where it is behind. */
  hostAheadSeconds(): number;
}

/** A cryptographically secure source of bytes. */
export interface Random {
  /** Fresh bytes, `length` of them. */
  bytes(length: number): Uint8Array<ArrayBuffer>;
}

/** SHA-256 of a string (as UTF-8) or of bytes, base64url, synchronous: it is on the hot path. */
export type Hash = (data: string | Uint8Array) => Sha256;

/** What every role takes from the platform. */
export interface Platform {
  readonly clock: Clock;
  readonly random: Random;
  readonly hash: Hash;
}

/** A web-standard request handler. */
export type FetchHandler = (request: Request, context: RequestContext) => Promise<Response>;

/** What a host knows of a request that the request itself must not be asked for. */
export interface RequestContext {
  /** The network the request came from, as rate limits count it: an IPv4 address or an IPv6 /64. */
  readonly network: string;
  /** Joins the log lines of one request. Made by the host, never taken from the client. */
  readonly correlationId: string;
}

/**
 * A fresh secret: 256 random bits, base64url, behind a prefix that tells a person (and a secret scanner) what it is.
 */
export function randomSecret(random: Random, prefix: string): string {
  return prefix + base64Url(random.bytes(32));
}
