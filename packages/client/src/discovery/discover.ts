import type { ResourceIdentifier } from '@portcullis/protocol';
import type { Transport } from '../http/transport.js';
import { OAuthClientError } from '../oauth-client-error.js';
import { type AuthorizationServerMetadata, discoverAuthorizationServer, noMetadata } from './authorization-server.js';
import { assumeLegacyEndpoints } from './legacy-endpoints.js';
import { discoverProtectedResource } from './protected-resource.js';

/** Who protects a server, and what it is called there. */
export interface Discovered {
  readonly authorizationServer: AuthorizationServerMetadata;
  /** Sent as `resource` (RFC 8707), byte for byte. */
  readonly resource: ResourceIdentifier;
  /** `scopes_supported` of the protected resource. */
  readonly resourceScopes: readonly string[] | undefined;
  /** Whether the resource takes only tokens that are bound to a key (RFC 9728 §2). */
  readonly isDpopRequired: boolean;
  /** Whether this is the fallback of 2025-03-26. */
  readonly isLegacy: boolean;
}

/** How discovery goes. */
export interface DiscoveryOptions {
  /** Whether a server that publishes nothing is taken for one of the revision 2025-03-26. */
  readonly legacyFallback: boolean;
  /** Chooses among the authorization servers that the resource names; by the fallback there is one, at its own origin. */
  readonly chooseAuthorizationServer: (issuers: readonly string[]) => string | undefined;
}

/**
 * Finds out who issues tokens for the server at `serverUrl`. One authorization server is asked, the one that was chosen:
 * that it cannot be used is told, not worked around.
 *
 * The fallback of 2025-03-26 (the server's origin is the authorization server) is taken only where every well-known
 * address of both documents said 404. An error, a time-out or a document that is wrong is none of that: a server that
 * can be made to fail must not be able to move its clients to weaker rules. Nor is it taken by a client that was told of
 * another authorization server.
 *
 * @throws {OAuthClientError}
 */
export async function discover(
  transport: Transport,
  serverUrl: URL,
  challengedUrl: string | undefined,
  options: DiscoveryOptions,
): Promise<Discovered> {
  const found = await discoverProtectedResource(transport, serverUrl, challengedUrl);
  if (found.kind === 'absent') return discoverLegacy(transport, serverUrl, options);
  const { resource } = found;
  const issuer = choose(options, resource.authorizationServers);
  const discovered = await discoverAuthorizationServer(transport, [issuer]);
  if (discovered.kind === 'absent') throw noMetadata(new URL(issuer));
  return {
    authorizationServer: discovered.metadata,
    resource: resource.resource,
    resourceScopes: resource.scopesSupported,
    isDpopRequired: resource.isDpopRequired,
    isLegacy: false,
  };
}

function choose({ chooseAuthorizationServer }: DiscoveryOptions, issuers: readonly string[]): string {
  const issuer = chooseAuthorizationServer(issuers);
  if (issuer !== undefined && issuers.includes(issuer)) return issuer;
  throw new OAuthClientError('discovery_failed', 'None of the authorization servers that the server names was chosen.');
}

async function discoverLegacy(transport: Transport, serverUrl: URL, options: DiscoveryOptions): Promise<Discovered> {
  if (!options.legacyFallback) {
    throw new OAuthClientError(
      'discovery_failed',
      `${serverUrl.origin} publishes no protected resource metadata (RFC 9728), and "legacyFallback" is off.`,
    );
  }
  const { origin } = serverUrl;
  // Nobody named an issuer here. Both spellings of the origin have their metadata at the same address.
  const discovered = await discoverAuthorizationServer(transport, [origin, `${origin}/`]);
  const authorizationServer = discovered.kind === 'found' ? discovered.metadata : assumeLegacyEndpoints(serverUrl);
  choose(options, [authorizationServer.issuer]);
  return {
    authorizationServer,
    resource: serverUrl.pathname === '/' ? serverUrl.origin + serverUrl.search : serverUrl.href,
    resourceScopes: undefined,
    isDpopRequired: false,
    isLegacy: true,
  };
}
