import {
  base64Url,
  type Platform,
  type ResourceDefinition,
  type ResourceServer,
  randomSecret,
} from '@portcullis/ports';
import { fail, parseResourceIdentifier, type Result, type Sha256, succeed, type TenantId } from '@portcullis/protocol';
import { checkScopeName, findRepeatedScope, findScopeCircle } from './scope-rules.js';

/** What a resource server's id starts with. Ids of clients that register themselves start with something else. */
const ID_PREFIX = 'rs_';
/** What its secret starts with, for secret scanners and for people. */
const SECRET_PREFIX = 'pcrs_';

/** Why a resource cannot be registered. */
export type ResourceDefinitionFailure =
  /** No absolute URL, or longer than 1024 characters. */
  | 'identifier_malformed'
  /** Neither `https`, nor `http` at `localhost`, `127.0.0.1` or `[::1]`. */
  | 'identifier_plain_http'
  /** Not as a URL parser would write it, or with a fragment or a user. */
  | 'identifier_not_canonical'
  | 'scopes_missing'
  /** A name that no scope can have (RFC 6749 §3.3): see {@link checkScopeName}. */
  | 'scope_malformed'
  | 'scope_repeated'
  /** A scope implies one that is not among the scopes. */
  | 'implied_scope_unknown'
  /** A scope contains itself. */
  | 'implied_scopes_circular'
  | 'default_scopes_missing'
  /** A default scope that is not among the scopes. */
  | 'default_scope_unknown';

/** A fresh secret of a resource server, and what is kept of it. */
export interface NewResourceServerSecret {
  /** For the resource server alone; shown once. */
  readonly secret: string;
  readonly secretHash: Sha256;
}

/** A resource server as it will be stored, and the secret that only it will know. */
export interface NewResourceServer {
  readonly resourceServer: ResourceServer;
  readonly secret: string;
}

/** Makes a secret: for a new resource server, or in place of the one it has (`ResourceServerStore.replaceSecret`). */
export function createResourceServerSecret(platform: Platform): NewResourceServerSecret {
  const secret = randomSecret(platform.random, SECRET_PREFIX);
  return { secret, secretHash: platform.hash(secret) };
}

/**
 * Makes the row of a resource server that the operator registers, with credentials of its own for the introspection
 * endpoint (RFC 7662 §2.1). Checks the identifier and the scopes; takes the words for people as they are. Stores
 * nothing, and does not know whether the identifier is taken.
 */
export function createResourceServer(
  platform: Platform,
  tenantId: TenantId,
  resource: ResourceDefinition,
): Result<NewResourceServer, ResourceDefinitionFailure> {
  const failure = checkDefinition(resource);
  if (failure !== undefined) return fail(failure);
  const { secret, secretHash } = createResourceServerSecret(platform);
  const resourceServer: ResourceServer = {
    tenantId,
    resourceServerId: ID_PREFIX + base64Url(platform.random.bytes(16)),
    secretHash,
    resource,
    createdAtEpochSeconds: platform.clock.nowEpochSeconds(),
  };
  return succeed({ resourceServer, secret });
}

function checkDefinition(resource: ResourceDefinition): ResourceDefinitionFailure | undefined {
  const identifier = parseResourceIdentifier(resource.identifier);
  if (!identifier.ok) return `identifier_${identifier.failure}`;
  const names = resource.scopes.map(({ name }) => name);
  if (names.length === 0) return 'scopes_missing';
  if (names.some((name) => checkScopeName(name) !== undefined)) return 'scope_malformed';
  if (findRepeatedScope(resource.scopes) !== -1) return 'scope_repeated';
  const implied = resource.scopes.flatMap(({ implies = [] }) => implies);
  if (!implied.every((name) => names.includes(name))) return 'implied_scope_unknown';
  if (findScopeCircle(resource.scopes) !== undefined) return 'implied_scopes_circular';
  if (resource.defaultScopes.length === 0) return 'default_scopes_missing';
  return resource.defaultScopes.every((name) => names.includes(name)) ? undefined : 'default_scope_unknown';
}
