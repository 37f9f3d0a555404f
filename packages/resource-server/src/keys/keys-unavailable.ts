import type { AuditEvent } from '@portcullis/ports';
import { type IssuerFault, tellKeysFault } from '../issuers/issuer-fault.js';
import type { UnknownKeyStorm } from './unknown-key-storm.js';

/**
 * Records that the keys of an issuer could not be loaded, with the reason as a word, and in `detail` as a sentence that says
 * whose keys they are and what to do. One event for each attempt, and never for a token: while an issuer is down, one for
 * each cooldown. An event, and not a callback: the trail is where an operator looks for why a token was refused.
 */
export function recordKeysUnavailable({ audit, clock, tenantId, issuer }: UnknownKeyStorm, fault: IssuerFault): void {
  const event: AuditEvent = {
    type: 'keys.unavailable',
    outcome: 'failed',
    tenantId,
    occurredAtEpochSeconds: clock.nowEpochSeconds(),
    reason: fault.reason,
    detail: `${issuer}: ${tellKeysFault(fault)}`,
    ...(fault.httpStatus === undefined ? {} : { httpStatus: fault.httpStatus }),
  };
  audit.record(event);
}
