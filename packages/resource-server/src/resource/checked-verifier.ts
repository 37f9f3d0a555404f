import { fail } from '@portcullis/protocol';
import type { AccessTokenFailure, VerifiedAccessToken } from '../access-token.js';
import type { AccessTokenVerifier, Verification } from '../access-token-verifier.js';
import { MAX_TOKEN_LENGTH } from '../verification/signed-token.js';
import { report } from './faults.js';
import type { ResourceSettings } from './settings.js';

/** Reasons that say nothing against the token: it may be found good a moment later. */
const UNDECIDED: ReadonlySet<AccessTokenFailure['reason']> = new Set([
  'keys_unavailable',
  'introspection_unavailable',
  'revocation_blind',
  'verifier_failed',
] as const);

/** Whether a failure says nothing against the token. */
export function isUndecided(reason: AccessTokenFailure['reason']): boolean {
  return UNDECIDED.has(reason);
}

/**
 * Holds what any verifier answers against what must always be so: the token is no longer than one may be, is for this
 * resource, from one of its issuers, of its tenant, and has not expired. A verifier that was made for another resource, or
 * that forgets to look, opens no door. Never throws, never rejects.
 *
 * @param conclude - has the last word on a token that is good by all this. Where it throws, the verifier has failed
 */
export function createCheckedVerifier(
  inner: AccessTokenVerifier,
  settings: ResourceSettings,
  conclude?: (accessToken: string, found: VerifiedAccessToken) => Verification,
): AccessTokenVerifier {
  const { resource, tenantId, clockToleranceSeconds, onFault } = settings;
  const { clock } = settings.platform;
  const issuers = new Set(settings.issuers);

  function check(accessToken: string, verification: Verification): Verification {
    if (!verification.ok) {
      return typeof verification.failure.reason === 'string' ? verification : failed(verification);
    }
    const { value } = verification;
    if (value.resource !== resource) return fail({ reason: 'wrong_audience' });
    if (!issuers.has(value.issuer)) return fail({ reason: 'wrong_issuer' });
    if (tenantId !== undefined && value.tenantId !== tenantId) return fail({ reason: 'wrong_tenant' });
    const { expiresAtEpochSeconds: expiresAt } = value;
    // Written so that a time that is no number has passed.
    const isInTime = typeof expiresAt === 'number' && expiresAt + clockToleranceSeconds > clock.nowEpochSeconds();
    if (!isInTime) return fail({ reason: 'expired' });
    return conclude === undefined ? verification : conclude(accessToken, value);
  }

  function failed(error: unknown): Verification {
    report(
      onFault,
      error instanceof Error ? error : new TypeError('A verifier answered what is no verdict'),
      undefined,
    );
    return fail({ reason: 'verifier_failed' });
  }

  async function settle(accessToken: string, verifying: Promise<Verification>): Promise<Verification> {
    try {
      return check(accessToken, await verifying);
    } catch (error) {
      return failed(error);
    }
  }

  return {
    verify(accessToken) {
      if (accessToken.length > MAX_TOKEN_LENGTH) return fail({ reason: 'too_long' });
      try {
        const verification = inner.verify(accessToken);
        return 'ok' in verification ? check(accessToken, verification) : settle(accessToken, verification);
      } catch (error) {
        return failed(error);
      }
    },
  };
}
