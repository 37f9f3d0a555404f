import type { Clock } from '@portcullis/ports';
import { fail, type ResourceIdentifier } from '@portcullis/protocol';
import type { AccessTokenFailure } from '../access-token.js';
import type { Finding } from '../verification/token-judge.js';
import type { CustomIssuer } from './trusted-issuer.js';

/** What a host's own verdict is held against. */
export interface HostVerdictOptions {
  readonly resource: ResourceIdentifier;
  readonly platform: { readonly clock: Clock };
  readonly clockToleranceSeconds?: number;
}

/**
 * Judges a token by a host's own verifier. What it says is good has to be of the issuer it stands for, for this resource, and
 * in its time. It is asked each time: how long its word lasts is for itself to know. One that throws is an issuer that cannot
 * be asked.
 */
export async function judgeByHost(
  accessToken: string,
  { issuer, verifier }: CustomIssuer,
  options: HostVerdictOptions,
): Promise<Finding> {
  try {
    const verification = await verifier.verify(accessToken);
    if (!verification.ok) return { verification };
    const found = verification.value;
    if (found.issuer !== issuer) return refused({ reason: 'wrong_issuer' });
    if (found.resource !== options.resource) return refused({ reason: 'wrong_audience' });
    const tolerance = options.clockToleranceSeconds ?? 30;
    // Written so that what is no number is over.
    const isInTime = found.expiresAtEpochSeconds + tolerance > options.platform.clock.nowEpochSeconds();
    return isInTime ? { verification } : refused({ reason: 'expired' });
  } catch {
    return refused({ reason: 'introspection_unavailable' });
  }
}

function refused(failure: AccessTokenFailure): Finding {
  return { verification: fail(failure) };
}
