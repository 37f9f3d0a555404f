import { type Clock, type ResourceDefinition, StorageUnavailableError } from '@portcullis/ports';
import type { EpochSeconds } from '@portcullis/protocol';

/** How long the list that was read last is told of while the store does not answer, in seconds. */
export const STALE_LIST_SECONDS = 3600;

/**
 * What documents for anybody say of resources: as it stands, and while the store does not answer, as it was read last, for
 * {@link STALE_LIST_SECONDS}. A client that is just looking for its endpoints needs no more, and is not to fail for a restart of
 * the database. Nothing is granted by it.
 *
 * @param list - reads them
 * @returns a function that throws what `list` throws, where that is another error, nothing was read yet, or too long ago
 */
export function createPublishedResources(
  list: () => Promise<readonly ResourceDefinition[]>,
  clock: Clock,
): () => Promise<readonly ResourceDefinition[]> {
  let last: { readonly resources: readonly ResourceDefinition[]; readonly readAt: EpochSeconds } | undefined;
  return async () => {
    try {
      const resources = await list();
      last = { resources, readAt: clock.nowEpochSeconds() };
      return resources;
    } catch (error) {
      if (last === undefined || !(error instanceof StorageUnavailableError)) throw error;
      if (Math.abs(clock.nowEpochSeconds() - last.readAt) > STALE_LIST_SECONDS) throw error;
      return last.resources;
    }
  };
}
