import type { ResourceServer } from '@portcullis/ports';
import { type EpochSeconds, fail, type Result, succeed } from '@portcullis/protocol';
import { namesOnly } from '../checks/resource.js';
import type { Core } from '../core.js';
import { findPresentedToken, type PresentedToken, type PresentedTokenFailure } from './presented-token.js';
import { type EndReason, findEnd } from './standing.js';

/** Why a token is not active for whoever asks. For the trail alone: outside, one is like the other. */
export type InactiveReason =
  | PresentedTokenFailure
  | EndReason
  | 'audience_mismatch'
  | 'refresh_token_rotated'
  | 'refresh_token_expired';

/** A token that is not active, and what it is, where it is one of ours. */
export interface InactiveToken {
  readonly reason: InactiveReason;
  readonly token: PresentedToken | undefined;
}

/**
 * Decides whether a token is active for a resource server (RFC 7662 §2.2): one of ours, for this server's resource and
 * no other, not expired, and with everything that its access came from still there. A refresh token that has a
 * successor is not active, whatever the grace of a rotation: nothing but its successor is worth anything to anybody.
 *
 * All look-ups are made before anything is decided, so that no answer is told from another by the work it took.
 */
export async function introspect(
  core: Core,
  text: string,
  { resource }: ResourceServer,
  now: EpochSeconds,
): Promise<Result<PresentedToken, InactiveToken>> {
  const presented = await findPresentedToken(core, text, now);
  const token = presented.ok ? presented.value : undefined;
  const end = await findEnd(core, token, now);
  if (!presented.ok) return fail({ reason: presented.failure, token: undefined });
  const reason = ownReason(presented.value, resource.identifier, now) ?? end;
  return reason === undefined ? succeed(presented.value) : fail({ reason, token });
}

/** What the token itself says against it. */
function ownReason(token: PresentedToken, asking: string, now: EpochSeconds): InactiveReason | undefined {
  if (!namesOnly([asking], token.resource)) return 'audience_mismatch';
  if (token.kind === 'access_token') return undefined;
  if (token.rotated) return 'refresh_token_rotated';
  return token.expiresAtEpochSeconds <= now ? 'refresh_token_expired' : undefined;
}
