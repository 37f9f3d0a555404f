import { DEFAULT_SCOPES } from '@portcullis/policy';
import { DEFAULT_TENANT } from '@portcullis/protocol';
import { knowsUpstreams } from '../config/configured-resources.js';
import type { SuggestCommand } from '../suggest-command.js';
import { terminalText } from '../terminal-text.js';
import { listClients } from './manage-clients.js';
import type { OpenStore } from './with-store.js';

/** A client, and which of its scopes no resource has any more. */
export interface LeftBehind {
  readonly clientId: string;
  readonly scopes: readonly string[];
}

/**
 * Which clients, of the store and of the configuration at hand, may have scopes of a resource that was removed and that no other
 * has: no token carries them, and the gate does not start with such a client in its configuration. Upstreams that no
 * configuration tells are taken to have the built-in scopes.
 *
 * @param removed - scopes of the resource that was removed
 */
export async function findLeftBehind(
  { storage, config }: OpenStore,
  removed: readonly string[],
): Promise<readonly LeftBehind[]> {
  const registered = await storage.resourceServers.list(DEFAULT_TENANT);
  const there = [
    ...registered.map(({ resource }) => resource.scopes),
    ...config.input.upstreams.map(({ scopes }) => scopes ?? DEFAULT_SCOPES),
    ...(knowsUpstreams(config) ? [] : [DEFAULT_SCOPES]),
  ].flatMap((scopes) => scopes.map(({ name }) => name));
  const gone = removed.filter((scope) => !there.includes(scope));
  if (gone.length === 0) return [];
  const clients = [...config.input.clients, ...(await listClients(storage))];
  return clients.flatMap(({ clientId, scopes = [] }) => {
    const left = scopes.filter((scope) => gone.includes(scope));
    return left.length === 0 ? [] : [{ clientId, scopes: left }];
  });
}

/** {@link findLeftBehind} in words, a line for each client; empty where there is none. */
export function tellLeftBehind(left: readonly LeftBehind[], knowsAll: boolean, suggest: SuggestCommand): string {
  if (left.length === 0) return '';
  const where = knowsAll
    ? 'nothing has any more'
    : 'nothing that is known here has any more (upstreams are with --config)';
  const lines = left.map(({ clientId, scopes }) => `  ${terminalText(clientId, 4096)}: ${scopes.join(' ')}\n`);
  return `Clients keep scopes that ${where}; see ${suggest('clients show', 'ID')}:\n${lines.join('')}`;
}
