import { sha256 } from '@noble/hashes/sha2.js';
import { base64Url } from '@portcullis/ports';

const utf8 = new TextEncoder();

/**
 * What the server takes from the platform, of web standards alone. WebCrypto's SHA-256 answers with a promise, and this hash
 * stands where nothing may wait: so it is one in plain JavaScript. Signatures, sealing and MACs are WebCrypto's.
 */
export const platform = {
  clock: { nowEpochSeconds: () => Math.floor(Date.now() / 1000) },
  random: { bytes: (length) => crypto.getRandomValues(new Uint8Array(length)) },
  hash: (data) => base64Url(sha256(typeof data === 'string' ? utf8.encode(data) : data)),
};
