import type { EpochSeconds, TenantId } from '@portcullis/protocol';

/** What a mark is about: every access token whose value of that kind it names. */
export type RevocationKind = 'grant' | 'subject' | 'client' | 'tenant' | 'key';

/** Access tokens of `value` issued at or before `notBeforeEpochSeconds` are dead. */
export interface RevocationMark {
  /** Rises with every mark. */
  readonly sequence: number;
  readonly tenantId: TenantId;
  readonly kind: RevocationKind;
  readonly value: string;
  readonly notBeforeEpochSeconds: EpochSeconds;
  /** When no access token that it could meet is alive any more. */
  readonly expiresAtEpochSeconds: EpochSeconds;
}

/** What ends access tokens, not only what would renew them. */
export interface Revocation {
  readonly now: EpochSeconds;
  /** How long the revocation mark is kept: the longest access-token lifetime and the clock tolerance. */
  readonly markLifetimeSeconds: number;
}

/** One thing that an access token says of itself, as a mark could name it. */
export interface Revocable {
  readonly kind: RevocationKind;
  readonly value: string;
}

/** The marks, in the order they were made. They are written by the acts that revoke. */
export interface RevocationMarkStore {
  /**
   * Live marks of a tenant with a sequence above `sequence`, oldest first. `0` asks for all. A mark never comes to sight
   * after one with a higher sequence, so whoever follows the highest one it saw misses none.
   */
  after(tenantId: TenantId, sequence: number, now: EpochSeconds): Promise<readonly RevocationMark[]>;
  /** Whether a live mark names one of these, for an access token issued at `issuedAt`. */
  covers(
    tenantId: TenantId,
    revocables: readonly Revocable[],
    issuedAt: EpochSeconds,
    now: EpochSeconds,
  ): Promise<boolean>;
}
