import type { EpochSeconds, Sha256 } from '@portcullis/protocol';

/** The time of day. Injected so that expiry is tested without sleeping. */
export interface Clock {
  /** Whole seconds since the epoch. */
  nowEpochSeconds(): EpochSeconds;
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

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** The two characters of every twelve bits: one look-up instead of two, since every token is made of them. */
const PAIRS: readonly string[] = [...ALPHABET].flatMap((first) => [...ALPHABET].map((second) => first + second));

/** Base64url without padding (RFC 4648 §5). */
export function base64Url(bytes: Uint8Array): string {
  let text = '';
  let index = 0;
  for (; index + 2 < bytes.length; index += 3) {
    const three = ((bytes[index] ?? 0) << 16) | ((bytes[index + 1] ?? 0) << 8) | (bytes[index + 2] ?? 0);
    text += (PAIRS[three >> 12] ?? '') + (PAIRS[three & 0xfff] ?? '');
  }
  const left = bytes.length - index;
  if (left === 0) return text;
  const last = ((bytes[index] ?? 0) << 16) | ((bytes[index + 1] ?? 0) << 8);
  return text + (PAIRS[last >> 12] ?? '') + (left === 1 ? '' : ALPHABET.charAt((last >> 6) & 0x3f));
}

/** The bytes of a base64url text, or undefined where it is none. */
export function fromBase64Url(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) return undefined;
  try {
    const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
    return Uint8Array.from(binary, (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}
