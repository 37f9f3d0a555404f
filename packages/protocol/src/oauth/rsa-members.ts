import type { JsonValue } from '../json/json-value.js';
import { base64Url, fromBase64Url } from '../text/base64-url.js';

/** Below is weak (RFC 7518 §3.3). */
const MIN_MODULUS_BITS = 2048;

/** A longer exponent costs more to verify than a stranger should be able to ask for. */
const MAX_EXPONENT_OCTETS = 4;

/**
 * Whether these are `n` and `e` of an RSA key that proves something (RFC 7518 §6.3.1): each a Base64urlUInt (§2), that is in
 * as few octets as it takes, so that one key has one form and the length of the text is the length of the number. `n` has
 * 2048 to `maxModulusBits` bits. `e` is odd and 3 or more (RFC 8017 §3.1), in up to 4 octets: with 1 the signature is the
 * padded message itself, which anyone can write.
 *
 * Does not check that `n` is a product of two primes: that is for whoever made the key.
 */
export function areRsaMembers(
  members: { readonly n: JsonValue | undefined; readonly e: JsonValue | undefined },
  maxModulusBits: number,
): members is { readonly n: string; readonly e: string } {
  const modulus = readUnsigned(members.n, maxModulusBits / 8);
  const exponent = readUnsigned(members.e, MAX_EXPONENT_OCTETS);
  if (modulus === undefined || exponent === undefined) return false;
  const last = exponent.at(-1) ?? 0;
  return bitsOf(modulus) >= MIN_MODULUS_BITS && last % 2 === 1 && (exponent.length > 1 || last > 1);
}

/** The octets of a Base64urlUInt: none of them a leading zero, and no bit beside them. */
function readUnsigned(value: JsonValue | undefined, maxOctets: number): Uint8Array | undefined {
  if (typeof value !== 'string' || value.length > Math.ceil((maxOctets * 4) / 3)) return undefined;
  const octets = fromBase64Url(value);
  return octets === undefined || !octets[0] || base64Url(octets) !== value ? undefined : octets;
}

function bitsOf(octets: Uint8Array): number {
  return octets.length * 8 - (Math.clz32(octets[0] ?? 0) - 24);
}
