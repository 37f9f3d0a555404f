import type { Client, ResourceServerStore } from '@portcullis/ports';
import { ConfigurationError } from './configuration-error.js';
import type { Settings } from './settings.js';

/** As many names as an error has room for. */
const NAMES_TOLD = 20;

/**
 * Holds the scopes of configured clients against those of the resources, configured and registered ones. One that nothing has is
 * given to nobody, and is a slip of the pen or a resource that is not there yet: it is told at start, also where the client has
 * others that are good. The store is asked only where the configured resources do not have them.
 *
 * Does not see what is registered or removed later.
 *
 * @throws {ConfigurationError} naming every client with the scopes that nothing has, and those that there are
 */
export async function checkClientScopes(
  { tenantId, resources, configuredClients }: Pick<Settings, 'tenantId' | 'resources' | 'configuredClients'>,
  store: Pick<ResourceServerStore, 'list'>,
): Promise<void> {
  const known = new Set(resources.flatMap(({ scopes }) => scopes.map(({ name }) => name)));
  const clients = [...configuredClients.values()];
  if (missingOf(clients, known).length === 0) return;
  const registered = await store.list(tenantId);
  for (const { resource } of registered) for (const { name } of resource.scopes) known.add(name);
  const missing = missingOf(clients, known);
  if (missing.length === 0) return;
  throw new ConfigurationError(
    `configuredClients: ${missing.join('; ')}: no resource has such scopes, neither in resources nor registered in the store; ` +
      `${tell([...known].sort())}. Name some of those, or have the resource there first`,
  );
}

/** A sentence for each client that has scopes which are not among the known ones. */
function missingOf(clients: readonly Client[], known: ReadonlySet<string>): readonly string[] {
  return clients.flatMap(({ clientId, scopes = [] }) => {
    const missing = scopes.filter((name) => !known.has(name));
    return missing.length === 0 ? [] : [`"${clientId}" has the scopes ${missing.join(' ')}`];
  });
}

function tell(names: readonly string[]): string {
  if (names.length === 0) return 'there are none';
  const more = names.length > NAMES_TOLD ? ' and more' : '';
  return `there are ${names.slice(0, NAMES_TOLD).join(' ')}${more}`;
}
