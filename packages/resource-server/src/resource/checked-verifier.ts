import { fail } from '@portcullis/protocol';
import type { AccessTokenFailure, VerifiedAccessToken } from '../access-token.js';
import type { AccessTokenVerifier, Verification } from '../access-token-verifier.js';
import type { ResourceSettings } from './options.js';
import { report } from './trail.js';

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
 * Holds what any verifier answers against what must always be so: the token is for this resource, from one of its
 * issuers, of its tenant, and has not expired. A verifier that was made for another resource, or that forgets to look,
 * opens no door. Never throws, never rejects.
 */
export function createCheckedVerifier(inner: AccessTokenVerifier, settings: ResourceSettings): AccessTokenVerifier {
  const { resource, tenantId, clockToleranceSeconds, onFault } = settings;
  const { clock } = settings.platform;
  const issuers = new Set(settings.issuers);

  function check(verification: Verification): Verification {
    if (!verification.ok) {
      return typeof verification.failure.reason === 'string' ? verification : failed(verification);
    }
    const { value } = verification;
    if (value.resource !== resource) return fail({ reason: 'wrong_audience' });
    if (!issuers.has(value.issuer)) return fail({ reason: 'wrong_issuer' });
    if (tenantId !== undefined && value.tenantId !== tenantId) return fail({ reason: 'wrong_tenant' });
    if (!isWhole(value)) return failed(value);
    // Written so that a time that is no number has passed.
    return value.expiresAtEpochSeconds + clockToleranceSeconds > clock.nowEpochSeconds()
      ? verification
      : fail({ reason: 'expired' });
  }

  function failed(error: unknown): Verification {
    report(
      onFault,
      error instanceof Error ? error : new TypeError('A verifier answered what is no verdict'),
      undefined,
    );
    return fail({ reason: 'verifier_failed' });
  }

  async function settle(verifying: Promise<Verification>): Promise<Verification> {
    try {
      return check(await verifying);
    } catch (error) {
      return failed(error);
    }
  }

  return {
    verify(accessToken) {
      try {
        const verification = inner.verify(accessToken);
        return 'ok' in verification ? check(verification) : settle(verification);
      } catch (error) {
        return failed(error);
      }
    },
  };
}

/** What later code relies on, where a verifier was written without types. */
function isWhole({ scopes, subject, clientId }: VerifiedAccessToken): boolean {
  return Array.isArray(scopes) && typeof subject === 'string' && typeof clientId === 'string';
}
