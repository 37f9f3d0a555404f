import type { EpochSeconds, TenantId } from '@portcullis/protocol';

/** What a mark is about: every access token whose value of that kind it names. */
export type RevocationKind = 'grant' | 'subject' | 'client' | 'tenant' | 'key';

/** Access tokens of `value` issued at or before `notBeforeEpochSeconds` are dead. */
export interface RevocationMark {
  /** Rises with every mark, over all tenants. */
  readonly sequence: number;
  readonly tenantId: TenantId;
  readonly kind: RevocationKind;
  readonly value: string;
  readonly notBeforeEpochSeconds: EpochSeconds;
  /** When no access token that it could meet is alive any more. */
  readonly expiresAtEpochSeconds: EpochSeconds;
}

/** The marks, in the order they were made. They are written by the acts that revoke. */
export interface RevocationMarkStore {
  /** Live marks with a sequence above `sequence`, oldest first. `0` asks for all. */
  after(sequence: number, now: EpochSeconds): Promise<readonly RevocationMark[]>;
}
