import type { ResourceServer } from '@portcullis/ports';
import { type EpochSeconds, fail, type Result, succeed } from '@portcullis/protocol';
import { namesOnly } from '../checks/resource.js';
import type { Core } from '../core.js';
import {
  findPresentedToken,
  type PresentedAccessToken,
  type PresentedToken,
  type PresentedTokenFailure,
} from './presented-token.js';
import { type EndReason, findEnd } from './standing.js';

/** Why a token is not active for whoever asks. For the trail alone: outside, one is like the other. */
export type InactiveReason = PresentedTokenFailure | EndReason | 'audience_mismatch' | 'refresh_token_presented';

/** A token that is not active, and what it is, where it is one of ours. */
export interface InactiveToken {
  readonly reason: InactiveReason;
  readonly token: PresentedToken | undefined;
}

/**
 * Decides whether a token is active for a resource server (RFC 7662 §2.2): an access token of ours, for this server's
 * resource and no other, not expired, and with everything that its access came from still there. A refresh token is not:
 * it is meant for this server alone, and one that a resource server holds has leaked.
 *
 * All look-ups are made before anything is decided, so that no answer is told from another by the work it took.
 */
export async function introspect(
  core: Core,
  text: string,
  { resource }: ResourceServer,
  now: EpochSeconds,
): Promise<Result<PresentedAccessToken, InactiveToken>> {
  const presented = await findPresentedToken(core, text, now);
  const token = presented.ok ? presented.value : undefined;
  const accessToken = token?.kind === 'access_token' ? token : undefined;
  const end = await findEnd(core, accessToken, now);
  if (!presented.ok) return fail({ reason: presented.failure, token });
  if (accessToken === undefined) return fail({ reason: 'refresh_token_presented', token });
  if (!namesOnly([resource.identifier], accessToken.resource)) return fail({ reason: 'audience_mismatch', token });
  return end === undefined ? succeed(accessToken) : fail({ reason: end, token });
}
