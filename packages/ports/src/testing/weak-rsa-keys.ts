import { base64Url, fromBase64Url } from '@portcullis/protocol';

/** The number of a member with zero octets before it, which is the same number. */
function pad(member: string | undefined, zeros: number): string {
  return base64Url(Uint8Array.of(...new Array<number>(zeros).fill(0), ...(fromBase64Url(member ?? '') ?? [])));
}

/** The same key as several issuers publish it: a zero octet before `n` and `e`, which RFC 7518 §2 has no place for. */
export function padRsaKey<Key extends { readonly n?: string; readonly e?: string }>(jwk: Key): Key {
  return { ...jwk, n: pad(jwk.n, 1), e: pad(jwk.e, 1) };
}

/** RSA keys made of a good one that prove nothing (RFC 7518 §6.3.1). */
export function weakenRsaKey<Key extends { readonly n?: string; readonly e?: string }>(
  jwk: Key,
): readonly (readonly [title: string, jwk: Key])[] {
  const half = base64Url((fromBase64Url(jwk.n ?? '') ?? new Uint8Array()).slice(0, 128));
  return [
    ['an exponent of 1', { ...jwk, e: 'AQ' }],
    ['an even exponent', { ...jwk, e: 'AQAA' }],
    ['an exponent of 1 after a zero', { ...jwk, e: 'AAE' }],
    ['a short modulus after a zero', { ...jwk, n: pad(half, 1) }],
    ['a short modulus padded to 2048 bits', { ...jwk, n: pad(half, 128) }],
  ];
}

/** DigestInfo of SHA-256 before the digest (RFC 8017 §9.2, note 1). */
const DIGEST_INFO = fromHex('3031300d060960864801650304020105000420');

/**
 * A JWS by RS256 that a key of 2048 bits with an exponent of 1 verifies, made without its private key: the signature is the
 * padded digest itself (RFC 8017 §9.2).
 */
export async function forgeWithExponentOne(header: object, claims: object): Promise<string> {
  const encode = (part: object) => base64Url(new TextEncoder().encode(JSON.stringify(part)));
  const signed = `${encode({ alg: 'RS256', ...header })}.${encode(claims)}`;
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(signed)));
  const filling = new Array<number>(256 - 3 - DIGEST_INFO.length - digest.length).fill(0xff);
  return `${signed}.${base64Url(Uint8Array.of(0, 1, ...filling, 0, ...DIGEST_INFO, ...digest))}`;
}

function fromHex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (octet) => Number.parseInt(octet, 16));
}
