import { DEFAULT_SCOPES } from '@portcullis/policy';
import { DEFAULT_TENANT } from '@portcullis/protocol';
import { usageError } from '../program-error.js';
import { terminalText } from '../terminal-text.js';
import type { OpenStore } from './with-store.js';

/**
 * Holds the scopes that a client is to have against those that there are: of the configured upstreams, and of the resource
 * servers in the store. Without the configuration those of the upstreams cannot be known, and nothing is checked.
 *
 * @returns whether they were checked
 * @throws {ProgramError} naming the unknown ones and the known ones (exit code 2)
 */
export async function checkScopesAreKnown(store: OpenStore, scopes: readonly string[]): Promise<boolean> {
  const { config, storage } = store;
  if (!config.isFromFile) return false;
  const { upstreams } = config.input;
  const registered = await storage.resourceServers.list(DEFAULT_TENANT);
  const known = new Set(
    [
      ...upstreams.map((upstream) => upstream.scopes ?? DEFAULT_SCOPES),
      // A gate may get its upstream from the command line, and has the built-in scopes then.
      ...(upstreams.length === 0 ? [DEFAULT_SCOPES] : []),
      ...registered.map(({ resource }) => resource.scopes),
    ].flatMap((defined) => defined.map(({ name }) => name)),
  );
  const unknown = scopes.filter((scope) => !known.has(scope));
  if (unknown.length === 0) return true;
  const named = unknown.map((scope) => `"${terminalText(scope, 130)}"`).join(', ');
  throw usageError(`--scope: ${named} is not known here; there are ${[...known].sort().join(' ')}`);
}
