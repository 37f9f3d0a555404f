import type { Clock } from '@portcullis/ports';
import {
  fail,
  type Issuer,
  type JsonObject,
  type ResourceIdentifier,
  type Result,
  succeed,
  type TenantId,
} from '@portcullis/protocol';
import { compactVerify, decodeProtectedHeader, type ProtectedHeaderParameters } from 'jose';
import type { AccessTokenFailure, VerifiedAccessToken } from './access-token.js';
import type { VerificationKeys } from './verification-keys.js';

/** A verdict on an access token. */
export type Verification = Result<VerifiedAccessToken, AccessTokenFailure>;

/** What a token has to agree with. None of it is optional: a check that can be left out will be. */
export interface JwtVerifierOptions {
  readonly tenantId: TenantId;
  readonly issuer: Issuer;
  readonly resource: ResourceIdentifier;
  readonly keys: VerificationKeys;
  readonly clock: Clock;
  /** Signature algorithms the issuer may use. The token's own header never widens this, and a key verifies by its own
   * algorithm alone. @defaultValue ES256 */
  readonly algorithms?: readonly string[];
  /** Accepted skew on `exp`, `nbf` and `iat`. @defaultValue 30 */
  readonly clockToleranceSeconds?: number;
}

const MAX_TOKEN_LENGTH = 12 * 1024;
const MAX_KEY_ID_LENGTH = 256;
const ACCESS_TOKEN_TYPES = new Set(['at+jwt', 'application/at+jwt']);
const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Verifies JWT access tokens of one issuer for one resource (RFC 9068 §4, RFC 8725).
 *
 * Checks type, algorithm, signature, `iss`, `aud`, `exp`, `nbf`, `iat`, the presence of `sub`, `client_id` and `jti`,
 * and the tenant. Keys embedded in or pointed at by the header are never looked at. Does not check scopes or revocation.
 *
 * @throws {TypeError} when built without a resource or an issuer
 */
export function createJwtVerifier(options: JwtVerifierOptions): (accessToken: string) => Promise<Verification> {
  if (!options.resource || !options.issuer) throw new TypeError('A verifier needs a resource and an issuer');
  const algorithms = new Set(options.algorithms ?? ['ES256']);

  return async (accessToken) => {
    const header = readHeader(accessToken);
    if (!header.ok) return header;
    const { alg, kid } = header.value;
    if (!algorithms.has(alg)) return fail({ reason: 'algorithm_not_allowed' });
    const key = await options.keys.find(kid, alg);
    if (key === 'unavailable') return fail({ reason: 'keys_unavailable' });
    // A key of another algorithm is another key: the header may name one, and never how it is used (RFC 8725 §3.1).
    if (key === undefined || key.algorithm !== alg) return fail({ reason: 'unknown_key' });
    let payload: Uint8Array;
    try {
      ({ payload } = await compactVerify(accessToken, key.publicKey, { algorithms: [key.algorithm] }));
    } catch {
      return fail({ reason: 'bad_signature' });
    }
    const claims = readClaims(payload);
    return claims.ok ? checkClaims(claims.value, kid, options) : claims;
  };
}

function readHeader(accessToken: string): Result<{ alg: string; kid: string }, AccessTokenFailure> {
  if (accessToken.length > MAX_TOKEN_LENGTH) return fail({ reason: 'too_long' });
  if (accessToken.split('.', 4).length !== 3) return fail({ reason: 'malformed' });
  let header: ProtectedHeaderParameters;
  try {
    header = decodeProtectedHeader(accessToken);
  } catch {
    return fail({ reason: 'malformed' });
  }
  const { alg, kid, typ } = header;
  if (typeof typ !== 'string' || !ACCESS_TOKEN_TYPES.has(typ.toLowerCase())) return fail({ reason: 'wrong_type' });
  if ('crit' in header || 'b64' in header) return fail({ reason: 'critical_header' });
  if (typeof alg !== 'string') return fail({ reason: 'algorithm_not_allowed' });
  if (typeof kid !== 'string' || kid.length > MAX_KEY_ID_LENGTH) return fail({ reason: 'unknown_key' });
  return succeed({ alg, kid });
}

function readClaims(payload: Uint8Array): Result<Record<string, unknown>, AccessTokenFailure> {
  try {
    const claims: unknown = JSON.parse(utf8.decode(payload));
    if (typeof claims === 'object' && claims !== null && !Array.isArray(claims)) {
      return succeed(claims as Record<string, unknown>);
    }
  } catch {
    // Falls through: signed by a trusted key, and still no claims set.
  }
  return fail({ reason: 'malformed' });
}

function checkClaims(claims: Record<string, unknown>, keyId: string, options: JwtVerifierOptions): Verification {
  const { iss, aud, sub, client_id: clientId, jti, exp, iat, nbf, scope } = claims;
  if (iss !== options.issuer) return fail({ reason: 'wrong_issuer' });
  if (!isAudience(aud, options.resource)) return fail({ reason: 'wrong_audience' });
  if (claims['tenant_id'] !== options.tenantId) return fail({ reason: 'wrong_tenant' });
  for (const [claim, value] of Object.entries({ sub, client_id: clientId, jti })) {
    if (typeof value !== 'string' || value === '') return fail({ reason: 'claim_missing', claim });
  }
  if (!isTime(exp)) return fail({ reason: 'claim_malformed', claim: 'exp' });
  if (!isTime(iat)) return fail({ reason: 'claim_malformed', claim: 'iat' });
  if (nbf !== undefined && !isTime(nbf)) return fail({ reason: 'claim_malformed', claim: 'nbf' });
  const now = options.clock.nowEpochSeconds();
  const tolerance = options.clockToleranceSeconds ?? 30;
  if (exp + tolerance <= now) return fail({ reason: 'expired' });
  if (iat - tolerance > now || (nbf !== undefined && nbf - tolerance > now)) return fail({ reason: 'not_yet_valid' });
  const grantId = claims['grant_id'];
  return succeed({
    tenantId: options.tenantId,
    issuer: options.issuer,
    resource: options.resource,
    subject: sub as string,
    clientId: clientId as string,
    // Only the space-delimited string of RFC 9068 §2.2.3 grants anything; an array or `scp` grants nothing here.
    scopes: typeof scope === 'string' && scope !== '' ? scope.split(' ') : [],
    permissions: [],
    groups: undefined,
    accessTokenId: jti as string,
    grantId: typeof grantId === 'string' ? grantId : undefined,
    keyId,
    issuedAtEpochSeconds: iat,
    expiresAtEpochSeconds: exp,
    recipientProof: 'audience',
    claims: claims as JsonObject,
  });
}

function isAudience(aud: unknown, resource: ResourceIdentifier): boolean {
  if (typeof aud === 'string') return aud === resource;
  return Array.isArray(aud) && aud.every((entry) => typeof entry === 'string') && aud.includes(resource);
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
