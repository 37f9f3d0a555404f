import { base64Url } from '@portcullis/ports';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose';
import { ISSUER } from './fixtures.js';
import type { Claims } from './signed-token.js';
import type { TestServer } from './test-server.js';

/** A key that proofs are made with, by ES256. */
export interface ProofKey {
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
  readonly privateJwk: JWK;
  /** RFC 7638, SHA-256: what tokens are bound to. */
  readonly thumbprint: string;
}

export async function makeProofKey(): Promise<ProofKey> {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
  const jwk = await exportJWK(publicKey);
  const thumbprint = await calculateJwkThumbprint(jwk, 'sha256');
  return { privateKey, jwk, privateJwk: await exportJWK(privateKey), thumbprint };
}

/** The key of the tests that need one, and another. */
export const PROOF_KEY = await makeProofKey();
export const OTHER_KEY = await makeProofKey();

/** What a proof says instead of what a good one does; undefined takes a member away. */
export interface ProofChanges {
  readonly key?: ProofKey;
  readonly header?: Claims;
  readonly claims?: Claims;
}

/** A good proof for the token endpoint, made just now, but for the changes. The signature is by its key, whatever it says. */
export async function makeProof({ clock }: Pick<TestServer, 'clock'>, changes: ProofChanges = {}): Promise<string> {
  const { key = PROOF_KEY, header, claims } = changes;
  const utf8 = new TextEncoder();
  const encode = (value: object): string => base64Url(utf8.encode(JSON.stringify(value)));
  const signed = [
    encode({ typ: 'dpop+jwt', alg: 'ES256', jwk: key.jwk, ...header }),
    encode({ jti: crypto.randomUUID(), htm: 'POST', htu: `${ISSUER}/token`, iat: clock.now, ...claims }),
  ].join('.');
  const algorithm = { name: 'ECDSA', hash: 'SHA-256' };
  const signature = await crypto.subtle.sign(algorithm, key.privateKey, utf8.encode(signed));
  return `${signed}.${base64Url(new Uint8Array(signature))}`;
}

/** The header that carries it. */
export async function proofHeader(
  test: Pick<TestServer, 'clock'>,
  changes?: ProofChanges,
): Promise<Record<string, string>> {
  return { dpop: await makeProof(test, changes) };
}
