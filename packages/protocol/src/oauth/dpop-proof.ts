import { calculateJwkThumbprint, compactVerify } from 'jose';
import type { EpochSeconds } from '../names.js';
import { fail, type Result, succeed } from '../result.js';
import { parseUrl } from '../text/parse-url.js';
import {
  CLIENT_ASSERTION_ALGORITHMS,
  type ClientAssertionAlgorithm,
  isClientAssertionAlgorithm,
} from './client-assertion.js';
import { type PublicSigningKey, parsePublicJwk } from './public-jwk-set.js';
import { parseUnverifiedJwt, type UnverifiedJwt } from './unverified-jwt.js';

/** `dpop_signing_alg_values_supported` (RFC 9449 §5.1): the ones that a client may sign an assertion with, asymmetric all. */
export const DPOP_SIGNING_ALGORITHMS = CLIENT_ASSERTION_ALGORITHMS;

/** How far `iat` of a proof may be from now, to either side. A server remembers each proof for as long. */
export const DPOP_PROOF_WINDOW_SECONDS = 60;

/** Longest proof that is read. With an RSA key of 4096 bits one has about 2 KiB. */
const MAX_PROOF_LENGTH = 8 * 1024;

/** Longest `jti` and `nonce`. */
const MAX_PROOF_IDENTIFIER_LENGTH = 512;

/** What a proof is held against. */
export interface ExpectedDpopProof {
  readonly method: string;
  /** The address of the request as this server is known by, from its configuration: query and fragment are not looked at. */
  readonly url: string;
  readonly nowEpochSeconds: EpochSeconds;
  /** `ath`: the base64url SHA-256 of the access token that comes with it; undefined at a token endpoint. */
  readonly accessTokenHash: string | undefined;
}

/** A proof that was made with its key, for this request, just now. That it was used once only is for the caller to see to. */
export interface DpopProof {
  /** RFC 7638 thumbprint of its key, SHA-256. */
  readonly keyThumbprint: string;
  /** `jti`. Unique for its key, as far as its maker is careful. */
  readonly proofId: string;
  readonly nonce: string | undefined;
  readonly issuedAtEpochSeconds: EpochSeconds;
}

/** Why a proof proves nothing. */
export type DpopProofFailure =
  | 'dpop_proof_repeated'
  | 'dpop_proof_malformed'
  | 'dpop_proof_type_refused'
  | 'dpop_proof_algorithm_refused'
  | 'dpop_proof_key_refused'
  | 'dpop_proof_claim_missing'
  | 'dpop_proof_method_mismatch'
  | 'dpop_proof_url_mismatch'
  | 'dpop_proof_outside_window'
  | 'dpop_proof_not_valid_now'
  | 'dpop_proof_token_mismatch'
  | 'dpop_proof_signature_wrong';

/**
 * Verifies a DPoP proof (RFC 9449 §4.3): one JWT of the type `dpop+jwt`, by an asymmetric algorithm, with a public key in its
 * header that made the signature, for this method and this address, issued within {@link DPOP_PROOF_WINDOW_SECONDS} of now,
 * neither past its `exp` nor before its `nbf` by more than that, and for this access token where there is one. Two headers come
 * joined by a comma, which is in no JWT.
 *
 * Checks neither the nonce nor that the proof is new: see {@link DpopProof}.
 */
export async function verifyDpopProof(
  text: string,
  expected: ExpectedDpopProof,
): Promise<Result<DpopProof, DpopProofFailure>> {
  if (text.includes(',')) return fail('dpop_proof_repeated');
  const jwt = parseUnverifiedJwt(text, MAX_PROOF_LENGTH);
  if (jwt === undefined) return fail('dpop_proof_malformed');
  const header = readHeader(jwt);
  if (!header.ok) return header;
  const claims = readClaims(jwt, expected);
  if (!claims.ok) return claims;
  const { key, algorithm } = header.value;
  try {
    await compactVerify(text, key.material, { algorithms: [algorithm] });
  } catch {
    return fail('dpop_proof_signature_wrong');
  }
  return succeed({ ...claims.value, keyThumbprint: await calculateJwkThumbprint(key.material, 'sha256') });
}

function readHeader({
  header,
}: UnverifiedJwt): Result<
  { readonly key: PublicSigningKey; readonly algorithm: ClientAssertionAlgorithm },
  DpopProofFailure
> {
  const { typ, alg, jwk } = header;
  if (typeof typ !== 'string' || typ.toLowerCase().replace(/^application\//, '') !== 'dpop+jwt') {
    return fail('dpop_proof_type_refused');
  }
  if (!isClientAssertionAlgorithm(alg)) return fail('dpop_proof_algorithm_refused');
  // Both change how the rest is read, and no proof has a use for one.
  if ('crit' in header || 'b64' in header) return fail('dpop_proof_malformed');
  const key = parsePublicJwk(jwk);
  return key?.algorithms.includes(alg) === true ? succeed({ key, algorithm: alg }) : fail('dpop_proof_key_refused');
}

function readClaims(
  { claims }: UnverifiedJwt,
  { method, url, nowEpochSeconds, accessTokenHash }: ExpectedDpopProof,
): Result<Omit<DpopProof, 'keyThumbprint'>, DpopProofFailure> {
  const { jti, htm, htu, iat, ath, nonce, exp, nbf } = claims;
  if (!isProofIdentifier(jti) || typeof htm !== 'string' || typeof htu !== 'string' || typeof iat !== 'number') {
    return fail('dpop_proof_claim_missing');
  }
  if (nonce !== undefined && !isProofIdentifier(nonce)) return fail('dpop_proof_malformed');
  if (!isTimeOrAbsent(exp) || !isTimeOrAbsent(nbf)) return fail('dpop_proof_malformed');
  if (htm !== method) return fail('dpop_proof_method_mismatch');
  if (!isSameAddress(htu, url)) return fail('dpop_proof_url_mismatch');
  // Written so that a number which is none fails as well.
  if (!(Math.abs(nowEpochSeconds - iat) <= DPOP_PROOF_WINDOW_SECONDS)) return fail('dpop_proof_outside_window');
  if (!isValidAt(nowEpochSeconds, exp, nbf)) return fail('dpop_proof_not_valid_now');
  if (accessTokenHash !== undefined && ath !== accessTokenHash) return fail('dpop_proof_token_mismatch');
  return succeed({ proofId: jti, nonce, issuedAtEpochSeconds: iat });
}

/** No proof needs them, and one that has them means them (RFC 7519 §4.1.4, §4.1.5). Clocks differ as they may for `iat`. */
function isValidAt(now: EpochSeconds, exp: number | undefined, nbf: number | undefined): boolean {
  return (
    (exp === undefined || now < exp + DPOP_PROOF_WINDOW_SECONDS) &&
    (nbf === undefined || nbf - DPOP_PROOF_WINDOW_SECONDS <= now)
  );
}

function isTimeOrAbsent(value: unknown): value is number | undefined {
  return value === undefined || typeof value === 'number';
}

/**
 * RFC 9449 §4.2: `htu` is without query and fragment. §4.3: compared after normalisation of syntax and scheme (RFC 3986
 * §6.2.2, §6.2.3). What a URL parser would mend is refused first: a backslash, a space, what is not ASCII.
 */
function isSameAddress(htu: string, url: string): boolean {
  const claimed = /^[\x21-\x7e]+$/.test(htu) && !/[?#\\]/.test(htu) ? parseUrl(htu) : undefined;
  const actual = parseUrl(url);
  if (claimed === undefined || actual === undefined) return false;
  // A user in it makes it another address: it stands in the one and not in the other.
  return normaliseEscapes(claimed.href) === normaliseEscapes(`${actual.origin}${actual.pathname}`);
}

/** Escapes in capitals, and none of what needs none (RFC 3986 §6.2.2.1, §6.2.2.2): a URL parser leaves both as they are. */
function normaliseEscapes(url: string): string {
  return url.replaceAll(/%[0-9a-f]{2}/gi, (octet) => {
    const character = String.fromCharCode(Number.parseInt(octet.slice(1), 16));
    return /[A-Za-z0-9._~-]/.test(character) ? character : octet.toUpperCase();
  });
}

function isProofIdentifier(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= MAX_PROOF_IDENTIFIER_LENGTH;
}
