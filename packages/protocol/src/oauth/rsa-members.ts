import type { JsonValue } from '../json/json-value.js';
import { base64Url, fromBase64Url } from '../text/base64-url.js';

/** Below is weak (RFC 7518 §3.3). */
const MIN_MODULUS_BITS = 2048;

/** A longer exponent costs more to verify than a stranger should be able to ask for. */
const MAX_EXPONENT_OCTETS = 4;

/** More than any encoder of numbers puts before one; what is longer is not decoded. */
const MAX_LEADING_ZEROS = 8;

/** `n` and `e` of an RSA key, each in as few octets as it takes. */
export interface RsaMembers {
  readonly n: string;
  readonly e: string;
}

/**
 * `n` and `e` of an RSA key that proves something (RFC 7518 §6.3.1); undefined for any other. `n` has 2048 to `maxModulusBits`
 * bits. `e` is odd and 3 or more (RFC 8017 §3.1), in up to 4 octets: with 1 the signature is the padded message itself, which
 * anyone can write.
 *
 * Each is a Base64urlUInt (§2) and has no octet that is a leading zero. Several issuers write one all the same (`AAEAAQ` for
 * 65537, 257 octets for 2048 bits): up to eight are taken off before anything is judged. What is returned has none, so that
 * one key has one form. Where a key has to come in that form, compare.
 *
 * Does not check that `n` is a product of two primes: that is for whoever made the key.
 */
export function readRsaMembers(
  members: { readonly n: JsonValue | undefined; readonly e: JsonValue | undefined },
  maxModulusBits: number,
): RsaMembers | undefined {
  const modulus = readUnsigned(members.n, maxModulusBits / 8);
  const exponent = readUnsigned(members.e, MAX_EXPONENT_OCTETS);
  if (modulus === undefined || exponent === undefined) return undefined;
  const last = exponent.at(-1) ?? 0;
  const isGood = bitsOf(modulus) >= MIN_MODULUS_BITS && last % 2 === 1 && (exponent.length > 1 || last > 1);
  return isGood ? { n: base64Url(modulus), e: base64Url(exponent) } : undefined;
}

/** The octets of a number from its first that is not zero; none for 0. Undefined for what is none, or is too long. */
function readUnsigned(value: JsonValue | undefined, maxOctets: number): Uint8Array | undefined {
  if (typeof value !== 'string' || value.length > Math.ceil(((maxOctets + MAX_LEADING_ZEROS) * 4) / 3)) {
    return undefined;
  }
  const octets = fromBase64Url(value);
  // No bit stands beside the octets.
  if (octets === undefined || base64Url(octets) !== value) return undefined;
  const first = octets.findIndex((octet) => octet !== 0);
  const number = first < 0 ? new Uint8Array() : octets.subarray(first);
  return number.length > maxOctets || octets.length - number.length > MAX_LEADING_ZEROS ? undefined : number;
}

function bitsOf(octets: Uint8Array): number {
  return octets.length * 8 - (Math.clz32(octets[0] ?? 0) - 24);
}
