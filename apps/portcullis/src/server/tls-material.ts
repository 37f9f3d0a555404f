import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { TlsFiles } from '../config/gateway-config.js';
import { EXIT_CODE, ProgramError, systemErrorCode, usageError, whyUnreadable } from '../program-error.js';

/** A certificate chain and its private key, PEM. */
export interface TlsMaterial {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** Reads the PEM files and checks that key and certificate belong together. Does not check validity dates or names.
 * @throws {ProgramError} naming the file and what is wrong with it (exit code 2) */
export function loadTlsMaterial({ certFile, keyFile }: TlsFiles): TlsMaterial {
  const material = { cert: readPem(certFile, 'certificate'), key: readPem(keyFile, 'key') };
  const problem = (why: string, cause?: unknown): ProgramError =>
    new ProgramError(`TLS certificate ${certFile} and key ${keyFile}: ${why}`, EXIT_CODE.usage, { cause });
  if (holds(material.cert, PRIVATE_KEY) && holds(material.key, CERTIFICATE) && !holds(material.cert, CERTIFICATE)) {
    throw problem('they seem to be swapped: the first holds a private key, the second a certificate');
  }
  try {
    createSecureContext(material);
  } catch (error) {
    const isMismatch = systemErrorCode(error) === 'ERR_OSSL_X509_KEY_VALUES_MISMATCH';
    throw problem(isMismatch ? 'they do not belong together' : 'not usable PEM', error);
  }
  // OpenSSL takes a key of another kind than the certificate without a word, and then every handshake fails.
  if (!new X509Certificate(material.cert).checkPrivateKey(createPrivateKey(material.key))) {
    throw problem('they do not belong together');
  }
  return material;
}

// RFC 7468 §5, §10, §11, and the older labels such as RSA PRIVATE KEY.
const CERTIFICATE = '-----BEGIN CERTIFICATE-----';
const PRIVATE_KEY = 'PRIVATE KEY-----';

function holds(pem: Buffer, label: string): boolean {
  return pem.includes(label);
}

function readPem(file: string, what: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw usageError(`cannot read the TLS ${what} ${file}: ${whyUnreadable(error)}`);
  }
}
