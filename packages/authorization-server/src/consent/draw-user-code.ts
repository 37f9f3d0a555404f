import type { Random } from '@portcullis/ports';
import { USER_CODE_ALPHABET, USER_CODE_LENGTH } from '@portcullis/protocol';

/** The largest multiple of the alphabet's length that a byte has room for: bytes from here on would favour its first letters. */
const FAIR_BYTES = 256 - (256 % USER_CODE_ALPHABET.length);

/** A fresh user code, without its dash. Every letter of the alphabet is as likely as any other (RFC 8628 §6.1). */
export function drawUserCode(random: Random): string {
  let code = '';
  while (code.length < USER_CODE_LENGTH) {
    const letters = Array.from(random.bytes(2 * USER_CODE_LENGTH))
      .filter((byte) => byte < FAIR_BYTES)
      .map((byte) => USER_CODE_ALPHABET[byte % USER_CODE_ALPHABET.length]);
    code += letters.join('');
  }
  return code.slice(0, USER_CODE_LENGTH);
}
