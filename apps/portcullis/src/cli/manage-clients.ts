import type { Client, FoundClient, Platform, Storage } from '@portcullis/ports';
import { randomSecret } from '@portcullis/ports';
import { DEFAULT_TENANT } from '@portcullis/protocol';
import type { ClientInput } from '../config/schema/client-schema.js';
import { ProgramError, usageError } from '../program-error.js';
import type { SuggestCommand } from '../suggest-command.js';
import { terminalText } from '../terminal-text.js';
import { type ClientView, viewRules } from './client-view.js';
import { viewConfiguredClient } from './configured-client.js';
import { isoTime } from './format-table.js';
import { managementEvent, managementRevocation } from './management-event.js';
import { buildNewClient, type NewClient, type NewClientOptions, type RedirectSchemes } from './new-client.js';

/** What the acts on clients need. */
export interface ClientManagementPorts {
  readonly clients: Storage['clients'];
  readonly platform: Platform;
  /** Clients in the configuration, as far as it is at hand. */
  readonly configured: readonly ClientInput[];
  /** Whether it is. */
  readonly isConfigAtHand: boolean;
  readonly suggest: SuggestCommand;
}

const PAGE = 500;

/** Everything of a client that may be shown. */
export function viewClient(client: Client & Partial<FoundClient>): ClientView {
  const { scopes, jwks, jwksUri, clientUri, document, lastUsedAtEpochSeconds: lastUsed } = client;
  return {
    clientId: client.clientId,
    clientName: client.clientName,
    source: client.source,
    tokenEndpointAuthMethod: client.tokenEndpointAuthMethod,
    grantTypes: client.grantTypes,
    redirectUris: client.redirectUris,
    ...(scopes === undefined ? {} : { scopes }),
    ...(jwks === undefined ? {} : { jwks: JSON.parse(jwks) as unknown }),
    ...(jwksUri === undefined ? {} : { jwksUri }),
    ...(clientUri === undefined ? {} : { clientUri }),
    ...viewRules(client),
    createdAt: isoTime(client.createdAtEpochSeconds),
    ...(lastUsed === undefined ? {} : { lastUsedAt: isoTime(lastUsed) }),
    ...(document === undefined ? {} : { documentFetchedAt: isoTime(document.fetchedAtEpochSeconds) }),
  };
}

/** Adds a registered client. @throws {ProgramError} when it cannot be one, or its id is taken */
export async function addClient(
  ports: ClientManagementPorts,
  clientName: string,
  options: NewClientOptions,
  redirectSchemes: RedirectSchemes,
): Promise<NewClient> {
  const made = buildNewClient(clientName, options, redirectSchemes, ports.platform);
  const { clientId } = made.client;
  const isTaken = async (): Promise<boolean> =>
    isConfigured(ports, clientId) || (await ports.clients.find(DEFAULT_TENANT, clientId)) !== undefined;
  const taken = new ProgramError(`there is a client ${terminalText(clientId)} already; choose another --id`);
  if (await isTaken()) throw taken;
  try {
    await ports.clients.register(made.client, event(ports, 'client.added', made.client));
  } catch (error) {
    throw (await isTaken()) ? taken : error;
  }
  return made;
}

/** All clients that are kept in the store, by id. */
export async function listClients({
  clients,
}: Pick<ClientManagementPorts, 'clients'>): Promise<readonly FoundClient[]> {
  const all: FoundClient[] = [];
  for (let after: string | undefined; ; ) {
    const page = await clients.list(DEFAULT_TENANT, PAGE, after);
    all.push(...page);
    after = page.at(-1)?.clientId;
    if (page.length < PAGE) return all;
  }
}

/** Whether the configuration has a client of this id, which then is the one that counts. */
export function isConfigured({ configured }: Pick<ClientManagementPorts, 'configured'>, clientId: string): boolean {
  return configured.some((client) => client.clientId === clientId);
}

/** All clients that are kept in the store as they are shown, by id. */
export async function viewClients(ports: ClientManagementPorts): Promise<readonly ClientView[]> {
  return (await listClients(ports)).map((client) => ({
    ...viewClient(client),
    ...(isConfigured(ports, client.clientId) ? { shadowed: true as const } : {}),
  }));
}

/** One client of the store. @throws {ProgramError} when there is none of this id */
export async function findClient(ports: ClientManagementPorts, clientId: string): Promise<FoundClient> {
  const found = await ports.clients.find(DEFAULT_TENANT, clientId);
  if (found !== undefined) return found;
  throw noSuchClient(ports, clientId);
}

/** Everything of one client that may be shown, of the store or of the configuration. @throws {ProgramError} when there is
 * none of this id */
export async function showClient(ports: ClientManagementPorts, clientId: string): Promise<ClientView> {
  const configured = ports.configured.find((client) => client.clientId === clientId);
  return configured === undefined ? viewClient(await findClient(ports, clientId)) : viewConfiguredClient(configured);
}

/** Gives a client a fresh secret; the old one stops at once. @throws {ProgramError} when it has none, or does not exist */
export async function rotateSecret(ports: ClientManagementPorts, clientId: string): Promise<NewClient> {
  const { platform } = ports;
  const client = await findClient(ports, clientId);
  const clientSecret = randomSecret(platform.random, 'pcs_');
  const replaced = event(ports, 'client.secret_replaced', client);
  const outcome = await ports.clients.replaceSecret(DEFAULT_TENANT, clientId, platform.hash(clientSecret), replaced);
  if (outcome === 'replaced') return { client, clientSecret };
  const method = client.tokenEndpointAuthMethod;
  throw usageError(`${terminalText(clientId)} has no secret: it uses the method ${method}`);
}

/** Removes a client; its grants and access tokens end with it, those of a configured one of the same id included. @throws {ProgramError} when there is none of this id */
export async function removeClient(ports: ClientManagementPorts, clientId: string): Promise<Client> {
  const client = await findClient(ports, clientId);
  const revocation = managementRevocation(ports.platform);
  const removed = event(ports, 'client.removed', client);
  if ((await ports.clients.remove(DEFAULT_TENANT, clientId, revocation, removed)) === 'removed') return client;
  throw noSuchClient(ports, clientId);
}

function noSuchClient(ports: ClientManagementPorts, clientId: string): ProgramError {
  const shown = terminalText(clientId);
  if (isConfigured(ports, clientId)) {
    return new ProgramError(`${shown} stands in the configuration: change it there, and start the gate again`);
  }
  const list = ports.suggest('clients list');
  return new ProgramError(
    ports.isConfigAtHand
      ? `there is no client ${shown}, neither in the store nor in the configuration; see ${list}`
      : `there is no client ${shown} in the store; see ${list} (those of a configuration are known with --config alone)`,
  );
}

function event(
  { platform }: ClientManagementPorts,
  type: 'client.added' | 'client.removed' | 'client.secret_replaced',
  { clientId, clientName }: Client,
) {
  return managementEvent(platform, type, { clientId, clientName });
}
