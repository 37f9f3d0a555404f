const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** The two characters of every twelve bits: one look-up instead of two, since every token is made of them. */
const PAIRS: readonly string[] = [...ALPHABET].flatMap((first) => [...ALPHABET].map((second) => first + second));

const utf8 = new TextEncoder();

/** Node's own, where it is there. */
const native = globalThis.Buffer as typeof Buffer | undefined;

/** Base64url without padding (RFC 4648 §5). By the platform where it can: for the claims of a token that is a third of the
 * time, and a text in one piece. */
export function base64Url(bytes: Uint8Array): string {
  if (native === undefined) return writeBase64Url(bytes);
  return native.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url');
}

/** {@link base64Url} of a text as UTF-8, lone surrogates as U+FFFD. */
export function base64UrlOfText(text: string): string {
  return native === undefined ? writeBase64Url(utf8.encode(text)) : native.from(text).toString('base64url');
}

/** {@link base64Url} on a platform that has none of its own. */
export function writeBase64Url(bytes: Uint8Array): string {
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

/**
 * Whether `text` is what {@link base64Url} makes of 32 octets: a coordinate, or a SHA-256. Of its 43 characters the last has two
 * bits to spare, and a decoder passes over them: without them looked at, the same octets are spelled in four ways (RFC 4648 §3.5).
 */
export function isBase64UrlOf32Octets(text: string): boolean {
  return /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/.test(text);
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
