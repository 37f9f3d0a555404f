import type { EpochSeconds, TenantId } from '@portcullis/protocol';
import type { AuditEvent } from '../audit.js';
import type { SigningAlgorithm } from '../key-service.js';
import type { Revocation } from './revocation-marks.js';

/**
 * A signing key at rest. Which key signs is told by the rows and the time, so that replicas need not agree on anything
 * else: of those whose `signsFrom` has come and whose end has not, the one that was made last. Where the time of none has
 * come, because a clock was set back, it is the one that was made first. Every key is published from the moment it is
 * stored until its end.
 */
export interface StoredSigningKey {
  readonly tenantId: TenantId;
  /** `kid` */
  readonly keyId: string;
  readonly algorithm: SigningAlgorithm;
  readonly publicJwk: string;
  /** What the key service needs to sign with it: of the built-in one, the private JWK, sealed. */
  readonly keyReference: string;
  /** Later than that of every key before it, whatever the clocks of those who made them: it orders the keys. */
  readonly createdAtEpochSeconds: EpochSeconds;
  /** Later than the moment it was made by the time that resource servers need to hear of the key; the moment itself for
   * the first key, and for one that takes the place of a leaked one. */
  readonly signsFromEpochSeconds: EpochSeconds;
  /** When its last access token is dead, and the key leaves the JWK Set; undefined while it has no successor. */
  readonly verifiesUntilEpochSeconds: EpochSeconds | undefined;
}

/** The keys of a tenant's issuer. */
export interface SigningKeyStore {
  /** By `signsFrom`, then key id; those that left the JWK Set included until they are swept. */
  list(tenantId: TenantId): Promise<readonly StoredSigningKey[]>;
  /** Stores `key` if the tenant has none; of two that start at once, one wins. */
  addFirst(key: StoredSigningKey, event: AuditEvent): Promise<'added' | 'exists'>;
  /**
   * Adds the successor of `predecessorKeyId` and sets the end of every other key that has none to
   * `othersVerifyUntilEpochSeconds`, in one transaction. One conditional statement decides: where `predecessorKeyId` is
   * not the last key (any more), nothing happens. Of two replicas that rotate at once one wins, and one that is killed
   * midway has changed nothing.
   */
  rotate(
    key: StoredSigningKey,
    predecessorKeyId: string,
    othersVerifyUntilEpochSeconds: EpochSeconds,
    event: AuditEvent,
  ): Promise<'rotated' | 'superseded'>;
  /**
   * Ends a key at once: it leaves the JWK Set now, and a mark stops the access tokens it signed. `unknown` where there is
   * none of that id, or it has ended. Refused as `last` where no key that was made later could sign at `revocation.now`,
   * its `signsFrom` come and its end not: the key signs, or is about to, and an older one cannot take its place, since it
   * ends before its new tokens would. Rotate first.
   */
  retire(
    tenantId: TenantId,
    keyId: string,
    revocation: Revocation,
    event: AuditEvent,
  ): Promise<'retired' | 'unknown' | 'last'>;
}
