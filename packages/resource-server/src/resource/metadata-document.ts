import type { WholeResponse } from '@portcullis/ports';
import type { JsonValue } from '@portcullis/protocol';
import { buildProtectedResourceMetadata, type ProtectedResourceMetadata } from '../protected-resource-metadata.js';
import { mayBindTokens } from './check-issuers.js';
import type { ResourceSettings } from './settings.js';

/** Members that follow from the options, and are not to be said otherwise. */
const OURS = [
  ...['resource', 'authorization_servers', 'scopes_supported', 'bearer_methods_supported', 'resource_name'],
  ...['dpop_signing_alg_values_supported', 'dpop_bound_access_tokens_required'],
];

/** Documents are public, and scripts of every origin may read them; none of them is told who reads. */
const HEADERS = {
  'content-type': 'application/json',
  'cache-control': 'public, max-age=300',
  'access-control-allow-origin': '*',
  'x-content-type-options': 'nosniff',
};
const ALLOW = 'GET, HEAD, OPTIONS';

/**
 * The metadata of a resource (RFC 9728 §2): what follows from the options, and the further members that were given.
 *
 * @throws {TypeError} when a further member would say otherwise what follows from the options
 */
export function buildMetadataDocument(
  settings: ResourceSettings,
  resourceName: string | undefined,
  further: Readonly<Record<string, JsonValue>> = {},
): ProtectedResourceMetadata {
  for (const member of OURS) {
    if (Object.hasOwn(further, member)) {
      throw new TypeError(`metadata.${member} is made from the other options: leave it out`);
    }
  }
  const [issuer = ''] = settings.issuers;
  const { resource, authorizationServers, dpop } = settings;
  const accepted = authorizationServers.some(mayBindTokens) ? 'accepted' : 'refused';
  const scopes = settings.scopes.map(({ name }) => name);
  return {
    ...buildProtectedResourceMetadata({
      resource,
      issuer,
      scopes,
      dpop: dpop.isRequired ? 'required' : accepted,
      ...(resourceName === undefined ? {} : { displayName: resourceName }),
    }),
    authorization_servers: settings.issuers,
    ...further,
  };
}

/** Answers a request for the metadata, whatever its method. */
export function createMetadataAnswers(document: ProtectedResourceMetadata): (method: string) => WholeResponse {
  const found: WholeResponse = { status: 200, headers: HEADERS, body: JSON.stringify(document) };
  const preflight: WholeResponse = {
    status: 204,
    headers: {
      allow: ALLOW,
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET, HEAD',
      'access-control-allow-headers': 'Accept, Content-Type, MCP-Protocol-Version',
      'access-control-max-age': '600',
    },
    body: '',
  };
  const notAllowed: WholeResponse = {
    status: 405,
    headers: { allow: ALLOW, 'access-control-allow-origin': '*', 'cache-control': 'no-store' },
    body: '',
  };
  return (method) => {
    if (method === 'GET' || method === 'HEAD') return found;
    return method === 'OPTIONS' ? preflight : notAllowed;
  };
}
