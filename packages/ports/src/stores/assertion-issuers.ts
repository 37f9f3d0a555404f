import type { EpochSeconds, TenantId } from '@portcullis/protocol';
import type { AuditEvent } from '../audit.js';
import type { Revocation } from './revocation-marks.js';

/** An assertion issuer that the operator switched off. */
export interface DisabledAssertionIssuer {
  readonly tenantId: TenantId;
  /** As it is configured. */
  readonly issuer: string;
  readonly disabledAtEpochSeconds: EpochSeconds;
}

/**
 * Which of the configured assertion issuers are switched off. Which there are stands in the configuration; this is what an
 * operator does at once, for every process, without a restart.
 */
export interface AssertionIssuerStore {
  isDisabled(tenantId: TenantId, issuer: string): Promise<boolean>;
  /** By issuer. */
  listDisabled(tenantId: TenantId): Promise<readonly DisabledAssertionIssuer[]>;
  /**
   * Nothing is accepted of it from now on, and the access tokens of `subjects` end: in the same transaction marks are written for
   * them, which `timesOfMark` says the reach of. What else it yielded lives its time. Of one that is switched off already the
   * access of the `subjects` ends all the same, with an event: `access_ended`. Without any, nothing happens: `unchanged`.
   *
   * @param subjects - of the workloads that it speaks for; none for an identity provider
   */
  disable(
    tenantId: TenantId,
    issuer: string,
    subjects: readonly string[],
    revocation: Revocation,
    event: AuditEvent,
  ): Promise<'disabled' | 'access_ended' | 'unchanged'>;
  enable(tenantId: TenantId, issuer: string, event: AuditEvent): Promise<'enabled' | 'unchanged'>;
}
