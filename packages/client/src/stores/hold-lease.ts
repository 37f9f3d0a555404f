import type { SessionRecords } from './session-records.js';

/**
 * Takes the lease of a server's records, for work that others do: an SDK tells when it has asked for tokens, not when it
 * has failed. It ends after `atMostSeconds` by itself.
 *
 * @returns what ends it; a second call does nothing
 * @throws what the store does, where there is no lease to be had
 */
export function holdLease(records: Pick<SessionRecords, 'withLease'>, atMostSeconds: number): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const held = records.withLease(
      () =>
        new Promise<void>((done) => {
          const signal = AbortSignal.timeout(atMostSeconds * 1000);
          signal.addEventListener('abort', () => done(), { once: true });
          resolve(done);
        }),
    );
    held.catch(reject);
  });
}
