import { type JsonObject, parseEndpointUrl, type ResourceIdentifier } from '@portcullis/protocol';
import { textListMember, textMember } from '../http/json-object.js';
import type { Transport } from '../http/transport.js';
import { OAuthClientError } from '../oauth-client-error.js';
import { fetchMetadataDocument } from './metadata-document.js';
import { isResourceOf } from './resource-match.js';
import { resourceMismatch } from './resource-mismatch.js';
import { protectedResourceMetadataUrls } from './well-known.js';

/** The metadata of a protected resource (RFC 9728 §2), as far as a client acts on them. */
export interface ProtectedResource {
  /** `resource`, byte for byte: what is sent as the `resource` parameter. */
  readonly resource: ResourceIdentifier;
  /** `authorization_servers`, in their order; at least one, at most {@link MAX_AUTHORIZATION_SERVERS}. */
  readonly authorizationServers: readonly string[];
  /** `scopes_supported` */
  readonly scopesSupported: readonly string[] | undefined;
  /** `dpop_bound_access_tokens_required` */
  readonly isDpopRequired: boolean;
}

/** The metadata, or how their absence was found out. */
export type ProtectedResourceDiscovery =
  | { readonly kind: 'found'; readonly resource: ProtectedResource }
  /** Every address said 404. */
  | { readonly kind: 'absent' };

/** More are not looked at: a list of any length would be a list of requests to make. */
export const MAX_AUTHORIZATION_SERVERS = 5;

/**
 * Finds the metadata of the protected resource at `serverUrl`: where its challenge says, else at the well-known addresses
 * (RFC 9728 §3, §5.1).
 *
 * @throws {OAuthClientError} `resource_mismatch` where they speak for another server, `server_unavailable` where an address
 * says nothing for a while, `discovery_failed` where they are unusable, `url_refused` where the challenge leads to an
 * address that is not allowed
 */
export async function discoverProtectedResource(
  transport: Transport,
  serverUrl: URL,
  challengedUrl: string | undefined,
): Promise<ProtectedResourceDiscovery> {
  const urls =
    challengedUrl === undefined ? protectedResourceMetadataUrls(serverUrl) : [checkChallenged(challengedUrl)];
  let isAbsent = true;
  let isDown = false;
  for (const url of urls) {
    const answer = await fetchMetadataDocument(transport, url);
    if (answer.kind === 'found') return { kind: 'found', resource: readProtectedResource(answer.document, serverUrl) };
    if (answer.kind !== 'absent') isAbsent = false;
    if (answer.kind === 'down') isDown = true;
  }
  // A server that names its metadata has some: it is of no revision that had none.
  if (isAbsent && challengedUrl === undefined) return { kind: 'absent' };
  if (isDown) {
    throw new OAuthClientError(
      'server_unavailable',
      `Who protects ${serverUrl.origin} cannot be found out now: the address of its protected resource metadata (RFC 9728) does not answer. Try again later.`,
    );
  }
  throw new OAuthClientError(
    'discovery_failed',
    'The server does not say who protects it: its protected resource metadata (RFC 9728) could not be read. Check that the URL is that of an MCP server.',
  );
}

function checkChallenged(url: string): string {
  if (parseEndpointUrl(url).ok) return url;
  throw new OAuthClientError(
    'url_refused',
    'The server names an address for its protected resource metadata that is not https. Nothing was fetched from it.',
  );
}

function readProtectedResource(document: JsonObject, serverUrl: URL): ProtectedResource {
  const resource = textMember(document, 'resource');
  if (resource === undefined || !isResourceOf(resource, serverUrl)) {
    throw resourceMismatch(resource, serverUrl);
  }
  const authorizationServers = textListMember(document, 'authorization_servers') ?? [];
  if (authorizationServers.length === 0) {
    throw new OAuthClientError(
      'discovery_failed',
      `The protected resource metadata of ${serverUrl.origin} name no authorization server ("authorization_servers").`,
    );
  }
  return {
    resource,
    authorizationServers: authorizationServers.slice(0, MAX_AUTHORIZATION_SERVERS),
    scopesSupported: textListMember(document, 'scopes_supported'),
    isDpopRequired: document['dpop_bound_access_tokens_required'] === true,
  };
}
