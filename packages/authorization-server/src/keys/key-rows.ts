import type { Clock, SigningKeyStore, StoredSigningKey } from '@portcullis/ports';
import type { TenantId } from '@portcullis/protocol';
import { KEY_RELOAD_SECONDS } from './key-timeline.js';

/** The stored keys of a tenant, as this process knows them. */
export interface KeyRows {
  /** As they stood at most {@link KEY_RELOAD_SECONDS} ago. */
  recent(): Promise<readonly StoredSigningKey[]>;
  /** As they stand now. */
  fresh(): Promise<readonly StoredSigningKey[]>;
  /** Says that they have changed: the next caller reads them again. */
  forget(): void;
}

/**
 * Reads the keys when somebody asks for them, so that what other processes do with them is followed without a timer.
 * Callers that ask at once share one reading. While the store is down the last good rows stay; without any, its error is
 * thrown.
 */
export function createKeyRows(store: Pick<SigningKeyStore, 'list'>, clock: Clock, tenantId: TenantId): KeyRows {
  let rows: readonly StoredSigningKey[] | undefined;
  let readAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<readonly StoredSigningKey[]> | undefined;

  /** Without a sign, so that a clock set back does not put off a reading until it has caught up. */
  const ageSeconds = (): number => Math.abs(clock.nowEpochSeconds() - readAt);

  function fresh(): Promise<readonly StoredSigningKey[]> {
    if (reading !== undefined) return reading;
    const startedAt = clock.nowEpochSeconds();
    const mine: Promise<readonly StoredSigningKey[]> = store.list(tenantId).then(
      (read) => {
        if (reading === mine) {
          rows = read;
          readAt = startedAt;
          reading = undefined;
        }
        return read;
      },
      (error: unknown) => {
        if (reading === mine) reading = undefined;
        if (rows === undefined) throw error;
        return rows;
      },
    );
    reading = mine;
    return mine;
  }

  return {
    fresh,
    recent: async () => (rows !== undefined && ageSeconds() < KEY_RELOAD_SECONDS ? rows : fresh()),
    forget() {
      readAt = Number.NEGATIVE_INFINITY;
      // One that is under way may have begun before the change.
      reading = undefined;
    },
  };
}
