/** Octets of each of the two numbers of an ES256 signature (RFC 7518 §3.4). */
const NUMBER_OCTETS = 32;

/**
 * An ECDSA signature over P-256 as JWS has it, r and s one after the other with 32 octets each (RFC 7518 §3.4), from the DER
 * that OpenSSL makes, a SEQUENCE of two INTEGERs (RFC 3279 §2.2.3). Node makes that form too (`ieee-p1363`), but since
 * Node 24 at twice the price of the signature.
 *
 * For what this process has just signed: it does not check the form, and is not for signatures that others sent.
 */
export function joinSignature(der: Uint8Array): Uint8Array {
  const joined = new Uint8Array(2 * NUMBER_OCTETS);
  // A tag and a length of one octet each: of the sequence, then of each number.
  const rLength = der[3] ?? 0;
  const sLength = der[5 + rLength] ?? 0;
  place(der.subarray(4, 4 + rLength), joined, NUMBER_OCTETS);
  place(der.subarray(6 + rLength, 6 + rLength + sLength), joined, 2 * NUMBER_OCTETS);
  return joined;
}

/** Writes a number so that it ends before `end`. DER leaves zeros before it out, and puts one there where it would else be
 * negative. */
function place(number: Uint8Array, into: Uint8Array, end: number): void {
  const digits = number.length > NUMBER_OCTETS ? number.subarray(number.length - NUMBER_OCTETS) : number;
  into.set(digits, end - digits.length);
}
