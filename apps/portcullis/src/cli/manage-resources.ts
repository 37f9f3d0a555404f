import {
  checkScopeName,
  createResourceServer,
  createResourceServerSecret,
  type NewResourceServer,
  type ResourceDefinitionFailure,
} from '@portcullis/authorization-server/rules';
import { DEFAULT_REQUESTED_SCOPES, DEFAULT_SCOPES } from '@portcullis/policy';
import type { Platform, ResourceDefinition, ResourceServer, ScopeDefinition, Storage } from '@portcullis/ports';
import { DEFAULT_TENANT, keyOfResource, parseResourceIdentifier, parseUrl } from '@portcullis/protocol';
import { type ConfiguredResource, findConfigured } from '../config/configured-resources.js';
import { checkVisible } from '../config/schema/building-blocks.js';
import { ProgramError, usageError } from '../program-error.js';
import type { SuggestCommand } from '../suggest-command.js';
import { terminalText } from '../terminal-text.js';
import { isoTime } from './format-table.js';
import { managementEvent, managementRevocation } from './management-event.js';

/** What the acts on resource servers need. */
export interface ResourceManagementPorts {
  readonly resourceServers: Storage['resourceServers'];
  readonly platform: Platform;
  /** Upstreams of the gate, as far as its configuration is at hand. Their words and scopes stand there, whatever is
   * registered; a registration lends them credentials. */
  readonly configured: readonly ConfiguredResource[];
  readonly suggest: SuggestCommand;
}

/** The options of `portcullis resources add`, as parsed from the command line. */
export interface NewResourceOptions {
  readonly name?: string;
  /** `NAME` or `NAME=DESCRIPTION`. */
  readonly scope?: readonly string[];
  readonly defaultScope?: readonly string[];
}

/** A resource server as it is shown: everything but its secret. */
export interface ResourceView {
  readonly resource: string;
  readonly displayName: string;
  /** What it is known by at the introspection endpoint. */
  readonly resourceServerId: string;
  readonly scopes: readonly ScopeDefinition[];
  readonly defaultScopes: readonly string[];
  /** ISO 8601. */
  readonly createdAt: string;
}

/** Everything of a resource server that may be shown, with the words and scopes that hold. */
export function viewResource(
  { configured }: Pick<ResourceManagementPorts, 'configured'>,
  { resource, resourceServerId, createdAtEpochSeconds }: ResourceServer,
): ResourceView {
  const served = findConfigured(configured, resource.identifier)?.resource ?? resource;
  const { identifier, displayName, scopes, defaultScopes } = served;
  return {
    resource: identifier,
    displayName,
    resourceServerId,
    scopes,
    defaultScopes,
    createdAt: isoTime(createdAtEpochSeconds),
  };
}

/**
 * Registers a resource server. A configured upstream gets credentials alone; what it is otherwise is kept as it is
 * configured now, for a time when it is not any more.
 *
 * @throws {ProgramError} when its URI or scopes cannot be, the URI is taken, or a configured one is to have words or scopes
 */
export async function addResource(
  ports: ResourceManagementPorts,
  identifier: string,
  options: NewResourceOptions,
): Promise<NewResourceServer> {
  const { platform, resourceServers } = ports;
  const definition = configuredDefinition(ports, identifier, options) ?? defineResource(identifier, options);
  const made = createResourceServer(platform, DEFAULT_TENANT, definition);
  if (!made.ok) throw usageError(PROBLEMS[made.failure] + tellSpelling(made.failure, identifier));
  const { resourceServer } = made.value;
  const outcome = await resourceServers.add(resourceServer, event(ports, 'resource_server.added', identifier));
  if (outcome === 'exists') throw await taken(ports, identifier);
  return made.value;
}

/**
 * Whether adding this one makes two of a single resource, so that clients have to name the one they mean (RFC 8707 §2). A gate
 * has one upstream where no configuration says how many.
 */
export async function isSecondResource(
  { resourceServers, configured }: ResourceManagementPorts,
  identifier: string,
): Promise<boolean> {
  if (configured.length > 1 || findConfigured(configured, identifier) !== undefined) return false;
  const registered = await resourceServers.list(DEFAULT_TENANT);
  return registered.every(({ resource }) => findConfigured(configured, resource.identifier) !== undefined);
}

/**
 * Another resource whose URL differs by a slash at the end or by upper and lower case alone, registered or configured; undefined
 * where there is none. To RFC 8707 they are two, and hardly anybody means that.
 */
export async function findNearTwin(
  { resourceServers, configured }: ResourceManagementPorts,
  identifier: string,
): Promise<string | undefined> {
  const registered = await resourceServers.list(DEFAULT_TENANT);
  const there = [...registered, ...configured].map(({ resource }) => resource.identifier);
  const key = keyOfResource(identifier);
  return there.find((one) => keyOfResource(one) !== key && foldLoosely(one) === foldLoosely(identifier));
}

function foldLoosely(identifier: string): string {
  return identifier.toLowerCase().replace(/\/+(?=\?|$)/, '');
}

/** All registered resource servers, by their URI. */
export async function listResources(ports: ResourceManagementPorts): Promise<readonly ResourceView[]> {
  return (await ports.resourceServers.list(DEFAULT_TENANT)).map((server) => viewResource(ports, server));
}

/** Gives a resource server a fresh secret; the old one stops at once. @throws {ProgramError} when there is none of it */
export async function rotateResourceSecret(
  ports: ResourceManagementPorts,
  identifier: string,
): Promise<NewResourceServer> {
  const { resourceServers, platform } = ports;
  const registered = await asRegistered(ports, identifier);
  const { secret, secretHash } = createResourceServerSecret(platform);
  const replaced = event(ports, 'resource_server.secret_replaced', registered);
  const outcome = await resourceServers.replaceSecret(DEFAULT_TENANT, registered, secretHash, replaced);
  const resourceServer = await resourceServers.findByResource(DEFAULT_TENANT, registered);
  if (outcome === 'unknown' || resourceServer === undefined) throw unknown(ports, identifier);
  return { resourceServer, secret };
}

/**
 * Removes a resource server; grants for it and their access tokens end, unless it is a configured upstream, which is served
 * still. Answers what was registered.
 *
 * @throws {ProgramError} when there is none
 */
export async function removeResource(ports: ResourceManagementPorts, identifier: string): Promise<ResourceDefinition> {
  const { resource } = await findRegistered(ports, identifier);
  const registered = resource.identifier;
  const isConfigured = findConfigured(ports.configured, registered) !== undefined;
  const revocation = isConfigured ? undefined : managementRevocation(ports.platform);
  const removed = event(ports, 'resource_server.removed', registered);
  const outcome = await ports.resourceServers.remove(DEFAULT_TENANT, registered, revocation, removed);
  if (outcome === 'unknown') throw unknown(ports, identifier);
  return resource;
}

const PROBLEMS: Readonly<Record<ResourceDefinitionFailure, string>> = {
  identifier_malformed: 'a resource is named by its absolute URL, of at most 1024 characters',
  identifier_plain_http: 'the URL of a resource is https, unless its host is localhost, 127.0.0.1 or [::1]',
  identifier_not_canonical:
    'the URL of a resource is written as clients send it: scheme and host in lower case, no default port, no dot segments, no fragment, no user',
  scopes_missing: '--scope: a resource has at least one scope',
  scope_malformed: '--scope: a scope has 1 to 128 printable ASCII characters without space, " and \\',
  scope_repeated: '--scope: a scope is named twice',
  implied_scope_unknown: '--scope: a scope implies one that the resource does not have',
  implied_scopes_circular: '--scope: scopes imply each other in a circle',
  default_scopes_missing: '--default-scope: at least one scope is granted to a client that asks for none',
  default_scope_unknown: '--default-scope: is not among the scopes of the resource',
};

/** The spelling that would be taken, where the URL alone tells it. */
function tellSpelling(failure: ResourceDefinitionFailure, identifier: string): string {
  if (failure !== 'identifier_not_canonical') return '';
  const url = new URL(identifier);
  // What stood there is left out: it may be a password.
  for (const part of ['username', 'password', 'hash'] as const) url[part] = '';
  const spelling = identifier.endsWith('/') || url.pathname !== '/' || url.search !== '' ? url.href : url.origin;
  return parseResourceIdentifier(spelling).ok ? `; here: ${terminalText(spelling, 4096)}` : '';
}

/** What the configuration says of this URI; undefined where it says nothing. */
function configuredDefinition(
  { configured }: ResourceManagementPorts,
  identifier: string,
  options: NewResourceOptions,
): ResourceDefinition | undefined {
  const found = findConfigured(configured, identifier);
  if (found === undefined) return undefined;
  const { name, scope, defaultScope } = options;
  if (name === undefined && scope === undefined && defaultScope === undefined) return found.resource;
  throw usageError(
    `${terminalText(identifier)} is an upstream of this gate: its name and scopes are those of ${found.place} in the ` +
      'configuration, and without --name, --scope and --default-scope it gets credentials',
  );
}

/** The built-in scopes of MCP servers where none are given; all given ones are granted by default unless some are named. */
function defineResource(identifier: string, options: NewResourceOptions): ResourceDefinition {
  const scopes = options.scope?.map(parseScopeOption) ?? DEFAULT_SCOPES;
  const byDefault = options.scope === undefined ? DEFAULT_REQUESTED_SCOPES : scopes.map(({ name }) => name);
  const displayName = options.name ?? parseUrl(identifier)?.host ?? identifier;
  const problem = displayName.length > 80 ? 'must have at most 80 characters' : checkVisible(displayName);
  if (problem !== undefined) throw usageError(`--name: ${problem}`);
  const names = scopes.map(({ name }) => name);
  const strange = options.defaultScope?.find((name) => !names.includes(name));
  if (strange !== undefined) {
    throw usageError(
      `--default-scope: ${terminalText(strange)} is not among the scopes of the resource: ${names.join(', ')}`,
    );
  }
  return { identifier, displayName, scopes, defaultScopes: [...new Set(options.defaultScope ?? byDefault)] };
}

function parseScopeOption(text: string): ScopeDefinition {
  const cut = text.indexOf('=');
  const name = cut === -1 ? text : text.slice(0, cut);
  const description = cut === -1 ? '' : text.slice(cut + 1);
  const problem = checkScopeName(name) ?? (description.length > 200 ? 'its description is too long' : undefined);
  if (problem !== undefined) throw usageError(`--scope: ${problem}`);
  return { name, description: description === '' ? `Use ${name}` : description };
}

/** The spelling that a resource server was registered with. @throws {ProgramError} when there is none in any spelling */
async function asRegistered(ports: ResourceManagementPorts, identifier: string): Promise<string> {
  return (await findRegistered(ports, identifier)).resource.identifier;
}

/** @throws {ProgramError} when there is none in any spelling */
async function findRegistered(ports: ResourceManagementPorts, identifier: string): Promise<ResourceServer> {
  const found = await ports.resourceServers.findByResource(DEFAULT_TENANT, identifier);
  if (found === undefined) throw unknown(ports, identifier);
  return found;
}

async function taken({ resourceServers, suggest }: ResourceManagementPorts, identifier: string): Promise<ProgramError> {
  const holder = await resourceServers.findByResource(DEFAULT_TENANT, identifier);
  const registered = holder?.resource.identifier ?? identifier;
  const spelling =
    registered === identifier ? '' : ` as ${terminalText(registered)}, and both spellings are one resource`;
  return new ProgramError(
    `${terminalText(identifier)} is registered already${spelling}; for a new secret: ${suggest('resources rotate-secret', 'URI')}`,
  );
}

function unknown({ suggest }: ResourceManagementPorts, identifier: string): ProgramError {
  return new ProgramError(`${terminalText(identifier)} is not registered; see ${suggest('resources list')}`);
}

function event(
  { platform }: ResourceManagementPorts,
  type: 'resource_server.added' | 'resource_server.removed' | 'resource_server.secret_replaced',
  resource: string,
) {
  return managementEvent(platform, type, { resource });
}
