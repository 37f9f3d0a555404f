import type { EpochSeconds, Sha256, TenantId } from '@portcullis/protocol';

/** What kind of message an id was in; ids of one kind say nothing of another's. */
export type OneTimeIdKind = 'client_assertion' | 'identity_assertion' | 'dpop_proof';

/** Ids of messages that may be accepted once (`jti`, RFC 7519 §4.1.7), shared by every process on one store. */
export interface OneTimeIdStore {
  /**
   * Uses an id up. One conditional statement decides: of any number of callers at once, on any number of processes, one
   * is answered true. An id whose `expiresAt` has passed may be used again; it is remembered for `ENDED_ID_SECONDS` more, in
   * case the clock is set back.
   *
   * @param idHash - of everything that makes the id unique: of the issuer and the `jti`
   * @param expiresAtEpochSeconds - when the message itself can no longer be accepted, clock tolerance included
   */
  use(
    tenantId: TenantId,
    kind: OneTimeIdKind,
    idHash: Sha256,
    expiresAtEpochSeconds: EpochSeconds,
    now: EpochSeconds,
  ): Promise<boolean>;
  /** Whether an id is used up. Uses nothing up, and decides nothing: {@link OneTimeIdStore.use} does. */
  isUsed(tenantId: TenantId, kind: OneTimeIdKind, idHash: Sha256, now: EpochSeconds): Promise<boolean>;
}
