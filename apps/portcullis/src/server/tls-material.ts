import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { TlsFiles } from '../config/gateway-config.js';
import { ProgramError, systemErrorCode, whyUnreadable } from '../program-error.js';

/** A certificate chain and its private key, PEM. */
export interface TlsMaterial {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** Reads the PEM files and checks that key and certificate belong together. Does not check validity dates or names.
 * @throws {ProgramError} naming the file and what is wrong with it */
export function loadTlsMaterial({ certFile, keyFile }: TlsFiles): TlsMaterial {
  const material = { cert: readPem(certFile, 'certificate'), key: readPem(keyFile, 'key') };
  try {
    createSecureContext(material);
  } catch (error) {
    const why =
      systemErrorCode(error) === 'ERR_OSSL_X509_KEY_VALUES_MISMATCH' ? 'they do not belong together' : 'not usable PEM';
    throw new ProgramError(`TLS certificate ${certFile} and key ${keyFile}: ${why}`, undefined, { cause: error });
  }
  // OpenSSL takes a key of another kind than the certificate without a word, and then every handshake fails.
  if (!new X509Certificate(material.cert).checkPrivateKey(createPrivateKey(material.key))) {
    throw new ProgramError(`TLS certificate ${certFile} and key ${keyFile}: they do not belong together`);
  }
  return material;
}

function readPem(file: string, what: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new ProgramError(`cannot read the TLS ${what} ${file}: ${whyUnreadable(error)}`);
  }
}
