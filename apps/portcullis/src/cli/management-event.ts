import {
  type AuditEvent,
  type AuditEventType,
  LONGEST_ACCESS_TOKEN_SECONDS,
  LONGEST_CLOCK_TOLERANCE_SECONDS,
  markLifetimeSeconds,
  type Platform,
  type Revocation,
} from '@portcullis/ports';
import { DEFAULT_TENANT } from '@portcullis/protocol';
import { operatorHere } from './operator.js';

/** The trail of an act of the operator, with who that is; the act writes it in its own transaction. */
export function managementEvent(platform: Platform, type: AuditEventType, facts: Partial<AuditEvent>): AuditEvent {
  const occurredAtEpochSeconds = platform.clock.nowEpochSeconds();
  const operator = operatorHere();
  return { ...facts, type, outcome: 'allowed', tenantId: DEFAULT_TENANT, occurredAtEpochSeconds, operator };
}

/** Marks outlive every access token that a gate could have issued, whatever lifetime it is configured with. */
export function managementRevocation(platform: Platform): Revocation {
  return {
    now: platform.clock.nowEpochSeconds(),
    markLifetimeSeconds: markLifetimeSeconds(LONGEST_ACCESS_TOKEN_SECONDS, LONGEST_CLOCK_TOLERANCE_SECONDS),
  };
}
