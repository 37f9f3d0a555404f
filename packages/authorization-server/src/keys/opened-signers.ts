import {
  type Clock,
  type KeyService,
  KeyUnavailableError,
  type Signer,
  type StoredSigningKey,
} from '@portcullis/ports';
import type { EpochSeconds } from '@portcullis/protocol';
import type { AuditTrail } from '../audit-trail.js';
import { describeError } from '../describe-error.js';
import { KEY_RELOAD_SECONDS } from './key-timeline.js';
import { openSigner } from './open-signer.js';

/** The keys that this process has opened. */
export interface OpenedSigners {
  /** Undefined where the key does not open here. Never rejects. */
  open(key: StoredSigningKey): Promise<Signer | undefined>;
  /** Takes a key that was opened elsewhere in this process. */
  hold(key: StoredSigningKey, signer: Signer): void;
  /** Says that there is nothing else to sign with: keys that did not open are tried at the next call. */
  tryAgain(): void;
}

/**
 * Opens each key once. One that does not open is tried again after {@link KEY_RELOAD_SECONDS}, so that a key service that
 * hangs does not slow down every signature of another key. It is recorded once until it opens.
 */
export function createOpenedSigners(keyService: KeyService, clock: Clock, trail: AuditTrail): OpenedSigners {
  const signers = new Map<string, Promise<Signer | undefined>>();
  const failedAt = new Map<string, EpochSeconds>();

  async function attempt(key: StoredSigningKey): Promise<Signer | undefined> {
    const { keyId } = key;
    const isRetry = failedAt.has(keyId);
    if (isRetry) failedAt.set(keyId, clock.nowEpochSeconds());
    try {
      const signer = await openSigner(keyService, key);
      failedAt.delete(keyId);
      return signer;
    } catch (error) {
      failedAt.set(keyId, clock.nowEpochSeconds());
      const reason = error instanceof KeyUnavailableError ? 'key_unavailable' : 'key_service_failed';
      const details = { keyId, reason, detail: describeError(error) };
      if (!isRetry) trail.record(trail.event(undefined, 'signing_key.unavailable', 'failed', details));
      return undefined;
    }
  }

  return {
    hold: (key, signer) => void signers.set(key.keyId, Promise.resolve(signer)),
    tryAgain() {
      for (const keyId of failedAt.keys()) failedAt.set(keyId, Number.NEGATIVE_INFINITY);
    },
    open(key) {
      const known = signers.get(key.keyId);
      const failed = failedAt.get(key.keyId);
      const isDue = failed !== undefined && Math.abs(clock.nowEpochSeconds() - failed) >= KEY_RELOAD_SECONDS;
      if (known !== undefined && !isDue) return known;
      const signer = attempt(key);
      signers.set(key.keyId, signer);
      return signer;
    },
  };
}
