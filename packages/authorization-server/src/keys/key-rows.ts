import type { Clock, SigningKeyStore, StoredSigningKey } from '@portcullis/ports';
import type { TenantId } from '@portcullis/protocol';
import { KEY_RELOAD_SECONDS } from './key-timeline.js';

/** The stored keys of a tenant, as this process knows them. */
export interface KeyRows {
  /**
   * As they stood at most {@link KEY_RELOAD_SECONDS} ago; while the store does not answer, as it answered last, however
   * long ago that is.
   *
   * @throws what the store throws, where it never answered
   */
  recent(): Promise<readonly StoredSigningKey[]>;
  /** As they stand now. @throws what the store throws: whoever holds a set of their own has to know how old it is */
  fresh(): Promise<readonly StoredSigningKey[]>;
  /** Says that they have changed: the next caller reads them again. */
  forget(): void;
}

/** How long a caller waits for the store where there are rows from before. */
const PATIENCE_MILLISECONDS = 1000;

/** How long a store that did not answer is left alone, by whoever can do with the rows from before. */
const RETRY_SECONDS = 5;

/**
 * Reads the keys when somebody asks for them, so that what other processes do with them is followed without a timer.
 * Callers that ask at once share one reading. Once the store has not answered, nobody who can do with the rows from before
 * waits for it: it is asked again beside them, every {@link RETRY_SECONDS} and as long as somebody asks.
 */
export function createKeyRows(store: Pick<SigningKeyStore, 'list'>, clock: Clock, tenantId: TenantId): KeyRows {
  let rows: readonly StoredSigningKey[] | undefined;
  let readAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<readonly StoredSigningKey[]> | undefined;
  /** When the store last failed or was waited for in vain, if it has not answered since. */
  let silentAt = Number.NEGATIVE_INFINITY;

  /** Without a sign, so that a clock set back does not put off a reading until it has caught up. */
  const secondsSince = (moment: number): number => Math.abs(clock.nowEpochSeconds() - moment);

  function fresh(): Promise<readonly StoredSigningKey[]> {
    if (reading !== undefined) return reading;
    const startedAt = clock.nowEpochSeconds();
    const mine: Promise<readonly StoredSigningKey[]> = store.list(tenantId).then(
      (read) => {
        if (reading === mine) {
          rows = read;
          readAt = startedAt;
          silentAt = Number.NEGATIVE_INFINITY;
          reading = undefined;
        }
        return read;
      },
      (error: unknown) => {
        if (reading === mine) {
          silentAt = clock.nowEpochSeconds();
          reading = undefined;
        }
        throw error;
      },
    );
    reading = mine;
    return mine;
  }

  /** What `asked` reads, or `known` where that takes too long or fails. */
  async function readOr(
    known: readonly StoredSigningKey[],
    asked: Promise<readonly StoredSigningKey[]>,
  ): Promise<readonly StoredSigningKey[]> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const tooLate = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), PATIENCE_MILLISECONDS);
    });
    try {
      const read = await Promise.race([asked, tooLate]);
      if (read !== undefined) return read;
      if (reading === asked) silentAt = clock.nowEpochSeconds();
      return known;
    } catch {
      return known;
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    fresh,
    async recent() {
      if (rows === undefined) return fresh();
      if (secondsSince(readAt) < KEY_RELOAD_SECONDS) return rows;
      const silence = secondsSince(silentAt);
      if (silence < RETRY_SECONDS) return rows;
      const known = rows;
      const asked = fresh();
      // A silence that nobody has heard for longer says nothing: the store may long be back, and others have gone on.
      if (silence >= KEY_RELOAD_SECONDS) return readOr(known, asked);
      asked.catch(() => undefined);
      return known;
    },
    forget() {
      readAt = Number.NEGATIVE_INFINITY;
      silentAt = Number.NEGATIVE_INFINITY;
      // One that is under way may have begun before the change.
      reading = undefined;
    },
  };
}
