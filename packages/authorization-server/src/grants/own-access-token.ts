import type { Clock } from '@portcullis/ports';
import { type EpochSeconds, fail, type ResourceIdentifier, type Result, succeed } from '@portcullis/protocol';
import { decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from 'jose';
import type { SigningKeys, VerificationKey } from '../keys/signing-keys.js';
import type { Settings } from '../settings.js';
import type { Actor } from './access-token.js';
import { readBoundKey } from './bound-key.js';

/** An access token that this issuer signed. The token itself is not in here. */
export interface OwnAccessToken {
  readonly subject: string;
  readonly clientId: string;
  readonly resource: ResourceIdentifier;
  readonly scopes: readonly string[];
  readonly grantId: string;
  /** `jti` */
  readonly accessTokenId: string;
  readonly keyId: string;
  readonly issuedAtEpochSeconds: EpochSeconds;
  readonly expiresAtEpochSeconds: EpochSeconds;
  /** `auth_time`; undefined where no user is behind it. */
  readonly authenticatedAtEpochSeconds: EpochSeconds | undefined;
  /** RFC 7638 thumbprint of the key that it is bound to (RFC 9449 §6.1); undefined where it is bound to none. */
  readonly proofKey: string | undefined;
  /** Who acts for the subject (RFC 8693 §4.1); undefined where nobody does but the client. */
  readonly actor: Actor | undefined;
}

/** Why a text is no access token to go by. */
export type OwnAccessTokenFailure = 'access_token_unknown' | 'access_token_expired';

/** Knows the access tokens of this issuer again. */
export interface OwnAccessTokens {
  /**
   * Reads an access token as of `now`, without any clock tolerance for its end. Does not look at revocation, nor at the
   * audience: the issuer knows the tokens of every resource.
   *
   * @param issuedBy - one that says it was issued later is unknown: the clock was ahead when it was, and it has expired since,
   *   by that clock. @defaultValue `now`, and `clockToleranceSeconds` more
   */
  read(
    accessToken: string,
    now: EpochSeconds,
    issuedBy?: EpochSeconds,
  ): Promise<Result<OwnAccessToken, OwnAccessTokenFailure>>;
}

/**
 * How long a set of imported keys is held. No longer than the marks of a retired key last, so that what such a key
 * signed is dead by its mark first and by its absence afterwards.
 */
const KEYS_HELD_SECONDS = 5;

/**
 * Verifies against the issuer's own keys (RFC 9068 §4, RFC 8725): type, algorithm of the key that the header names,
 * signature, `iss`, `exp`, `iat`, the tenant, and the claims that every token of ours has. A key that is not held is looked for
 * in the store at once; keys in the header are never looked at.
 */
export function createOwnAccessTokens(
  signingKeys: Pick<SigningKeys, 'verificationKeys'>,
  clock: Clock,
  settings: Pick<Settings, 'issuer' | 'tenantId'> & {
    readonly lifetimes: Pick<Settings['lifetimes'], 'clockToleranceSeconds'>;
  },
): OwnAccessTokens {
  let held: ReadonlyMap<string, VerificationKey> = new Map();
  let heldSince = Number.NEGATIVE_INFINITY;

  async function findKey(keyId: string): Promise<VerificationKey | undefined> {
    const now = clock.nowEpochSeconds();
    const known = Math.abs(now - heldSince) < KEYS_HELD_SECONDS ? held.get(keyId) : undefined;
    if (known !== undefined) return known;
    held = new Map((await signingKeys.verificationKeys()).map((key) => [key.keyId, key]));
    heldSince = now;
    return held.get(keyId);
  }

  return {
    async read(accessToken, now, issuedBy = now + settings.lifetimes.clockToleranceSeconds) {
      const keyId = readKeyId(accessToken);
      const key = keyId === undefined ? undefined : await findKey(keyId);
      if (key === undefined) return fail('access_token_unknown');
      const claims = await verify(accessToken, key, settings.issuer, now);
      if (!claims.ok) return claims;
      const read = readClaims(claims.value, key.keyId, settings.tenantId);
      if (read === undefined || read.issuedAtEpochSeconds > issuedBy) return fail('access_token_unknown');
      return succeed(read);
    },
  };
}

function readKeyId(accessToken: string): string | undefined {
  try {
    return decodeProtectedHeader(accessToken).kid;
  } catch {
    return undefined;
  }
}

async function verify(
  accessToken: string,
  key: VerificationKey,
  issuer: string,
  now: EpochSeconds,
): Promise<Result<JWTPayload, OwnAccessTokenFailure>> {
  try {
    const { payload } = await jwtVerify(accessToken, key.publicKey, {
      algorithms: [key.algorithm],
      typ: 'at+jwt',
      issuer,
      currentDate: new Date(now * 1000),
      requiredClaims: ['exp'],
    });
    return succeed(payload);
  } catch (error) {
    if (error instanceof errors.JWTExpired) return fail('access_token_expired');
    if (error instanceof errors.JOSEError) return fail('access_token_unknown');
    throw error;
  }
}

/** Undefined where a claim of ours is missing or of another kind: signed here, but as no access token. */
function readClaims(claims: JWTPayload, keyId: string, tenantId: string): OwnAccessToken | undefined {
  const { sub, aud, jti, iat, exp, client_id: clientId, grant_id: grantId, scope, cnf, act } = claims;
  const authTime = claims['auth_time'];
  const proofKey = readConfirmation(cnf);
  const actor = readOwnActor(act);
  const isOurs =
    claims['tenant_id'] === tenantId &&
    typeof sub === 'string' &&
    typeof aud === 'string' &&
    typeof jti === 'string' &&
    typeof iat === 'number' &&
    typeof exp === 'number' &&
    typeof clientId === 'string' &&
    typeof grantId === 'string' &&
    typeof scope === 'string' &&
    (authTime === undefined || typeof authTime === 'number') &&
    proofKey.ok &&
    actor.ok;
  if (!isOurs) return undefined;
  return {
    subject: sub,
    clientId,
    resource: aud,
    scopes: scope.split(' '),
    grantId,
    accessTokenId: jti,
    keyId,
    issuedAtEpochSeconds: iat,
    expiresAtEpochSeconds: exp,
    authenticatedAtEpochSeconds: authTime,
    proofKey: proofKey.value,
    actor: actor.value,
  };
}

/** `cnf`, where there is one. One that says otherwise than what is written here is no reason to take the token for unbound. */
function readConfirmation(cnf: unknown): Result<string | undefined, 'not_ours'> {
  if (cnf === undefined) return succeed(undefined);
  const thumbprint = readBoundKey(cnf);
  return thumbprint === undefined ? fail('not_ours') : succeed(thumbprint);
}

/** `act`, whole (RFC 8693 §4.1) and as it was written here, with nobody's rules to hold it to but the signature: a chain that cannot be read to its end is none. */
function readOwnActor(act: unknown): Result<Actor | undefined, 'not_ours'> {
  if (act === undefined) return succeed(undefined);
  if (!isObject(act)) return fail('not_ours');
  const before = readOwnActor(act['act']);
  if (!before.ok) return before;
  const { sub, iss, sub_profile: profile } = act;
  if (typeof sub !== 'string') return fail('not_ours');
  if (iss !== undefined && typeof iss !== 'string') return fail('not_ours');
  if (profile !== undefined && typeof profile !== 'string') return fail('not_ours');
  return succeed({
    sub,
    ...(iss === undefined ? {} : { iss }),
    ...(profile === undefined ? {} : { sub_profile: profile }),
    ...(before.value === undefined ? {} : { act: before.value }),
  });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
