import type { Random } from '@portcullis/ports';

// Without 0 o 1 l i: what is read from a screen is typed right. 31 letters and digits are 4.95 bits each.
const ALPHABET = 'abcdefghjkmnpqrstuvwxyz23456789';
const GROUPS = 4;
const GROUP_LENGTH = 5;

/** A password of 20 random characters (99 bits) in groups, for a person to read and type. */
export function generatePassword(random: Random): string {
  const characters: string[] = [];
  // Bytes beyond the last whole multiple of the alphabet are drawn again, so that every character is as likely.
  const bound = 256 - (256 % ALPHABET.length);
  while (characters.length < GROUPS * GROUP_LENGTH) {
    for (const byte of random.bytes(32)) {
      if (byte < bound) characters.push(ALPHABET.charAt(byte % ALPHABET.length));
    }
  }
  const group = (index: number): string => characters.slice(index * GROUP_LENGTH, (index + 1) * GROUP_LENGTH).join('');
  return Array.from({ length: GROUPS }, (_, index) => group(index)).join('-');
}
