import { base64Url, fromBase64Url } from '@portcullis/protocol';
import type { Random } from './platform.js';

/** Authenticated encryption of small texts. What was sealed for one context opens in no other. */
export interface Sealer {
  /** Encrypts `plaintext` so that only the same `context` opens it. */
  seal(plaintext: string, context: string): Promise<string>;
  /** The plaintext, or undefined where key, context or ciphertext do not belong together. */
  open(sealed: string, context: string): Promise<string | undefined>;
}

const NONCE_BYTES = 12;
const LEAST_SECRET_BYTES = 32;

/**
 * AES-256-GCM under a key derived with HKDF-SHA-256 (RFC 5869) from `secret`, the context as associated data.
 * WebCrypto alone, so it runs wherever the roles run.
 *
 * @param secret - at least 32 bytes of entropy: a master key, or a high-entropy token
 * @param purpose - separates keys derived from one secret; part of the key, not of the ciphertext
 * @throws {TypeError} where the secret is shorter than 32 bytes. That they are random is for the caller to see to
 */
export function createSealer(secret: Uint8Array<ArrayBuffer>, purpose: string, random: Random): Sealer {
  if (!(secret instanceof Uint8Array) || secret.length < LEAST_SECRET_BYTES) {
    throw new TypeError(`createSealer: the secret needs ${LEAST_SECRET_BYTES} bytes or more, and random ones`);
  }
  let key: Promise<CryptoKey> | undefined;
  const text = new TextEncoder();

  async function derive(): Promise<CryptoKey> {
    const material = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveKey']);
    return crypto.subtle.deriveKey(
      { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(32), info: text.encode(`portcullis ${purpose}`) },
      material,
      { name: 'AES-GCM', length: 256 },
      false,
      ['encrypt', 'decrypt'],
    );
  }

  function derivedKey(): Promise<CryptoKey> {
    key ??= derive();
    return key;
  }

  return {
    async seal(plaintext, context) {
      const iv = random.bytes(NONCE_BYTES);
      const additionalData = text.encode(context);
      const data = text.encode(plaintext);
      const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData }, await derivedKey(), data);
      const out = new Uint8Array(NONCE_BYTES + sealed.byteLength);
      out.set(iv);
      out.set(new Uint8Array(sealed), NONCE_BYTES);
      return base64Url(out);
    },
    async open(sealed, context) {
      const bytes = fromBase64Url(sealed);
      if (bytes === undefined || bytes.length <= NONCE_BYTES) return undefined;
      const additionalData = text.encode(context);
      try {
        const opened = await crypto.subtle.decrypt(
          { name: 'AES-GCM', iv: bytes.subarray(0, NONCE_BYTES), additionalData },
          await derivedKey(),
          bytes.subarray(NONCE_BYTES),
        );
        return new TextDecoder().decode(opened);
      } catch {
        return undefined;
      }
    },
  };
}
