import type { AuditEvent } from '@portcullis/ports';
import { type EpochSeconds, fail } from '@portcullis/protocol';
import type { Core } from '../core.js';
import type { GrantOutcome, GrantRefusal } from './token-grant.js';

/** A refusal of which the grant is known. */
type RefusalOfGrant = GrantRefusal & { readonly grantId: string };

/**
 * Ends a grant because a credential of it came again that was used before, so somebody has a copy of it (OAuth 2.1 §4.1.3,
 * §4.3.1). It is for what was used when the request looked it up. Of two requests at once the storage act decides that uses
 * it up.
 *
 * @param event - recorded where this ended the grant; where it had ended before, the refusal is recorded like any other
 */
export async function endForCopy(
  core: Core,
  event: AuditEvent,
  refusal: RefusalOfGrant,
  now: EpochSeconds,
): GrantOutcome {
  const { tenantId, markLifetimeSeconds } = core.settings;
  const { grants } = core.ports.storage;
  const ended = await grants.revoke(tenantId, refusal.grantId, now, markLifetimeSeconds, event);
  if (ended) core.trail.record(event);
  return fail({ ...refusal, recorded: ended });
}
