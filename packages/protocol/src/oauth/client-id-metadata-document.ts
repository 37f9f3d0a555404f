import { z } from 'zod';
import type { JsonObject } from '../json/json-value.js';
import { parseStrictJson } from '../json/strict-json.js';
import { fail, type Result, succeed } from '../result.js';
import { displayText } from '../text/display-text.js';
import { type ClientDescriptionFailure, parseClientDescription, SUPPORTED_GRANT_TYPES } from './client-description.js';
import { formatPublicJwkSet, isEmptyJwkSet, type PublicJwkSetFailure, parsePublicJwkSet } from './public-jwk-set.js';
import { keepAllowedRedirectUris, type RedirectUri } from './redirect-uri.js';

/** Documents are nearly flat; a JWK Set with certificate chains is the deepest there is. */
const MAX_JSON_DEPTH = 8;

/** How a client that a document describes may prove itself: the two ways that share no secret. */
export type DocumentAuthMethod = 'none' | 'private_key_jwt';

/** What a Client ID Metadata Document says, as far as it counts. */
export interface ClientIdMetadataDocument {
  readonly clientName: string;
  /** Those that are allowed, in the order of the document; at least one. */
  readonly redirectUris: readonly RedirectUri[];
  /** Without `authorization_code`, the client may begin nothing. */
  readonly grantTypes: readonly string[];
  readonly tokenEndpointAuthMethod: DocumentAuthMethod;
  /** A JWK Set of public keys, as JSON. Never together with `jwksUri`. */
  readonly jwks: string | undefined;
  readonly jwksUri: string | undefined;
  readonly clientUri: string | undefined;
  readonly applicationType: 'native' | 'web' | undefined;
  /** As in a registration (RFC 9449 §5.2). */
  readonly dpopBoundAccessTokens: boolean;
  /** As in a registration (RFC 9126 §6). */
  readonly requirePushedAuthorizationRequests: boolean;
}

/** Why a document does not describe a client. For the trail: a stranger is told none of it. */
export type ClientIdMetadataDocumentFailure =
  | 'document_not_json'
  | 'document_not_an_object'
  | 'document_of_other_client'
  | 'client_secret_given'
  | 'client_name_missing'
  | 'auth_method_not_accepted'
  | 'auth_method_malformed'
  | 'keys_given_twice'
  | 'keys_missing'
  | 'redirect_uris_refused'
  | ClientDescriptionFailure
  | PublicJwkSetFailure;

/**
 * Parses a Client ID Metadata Document (draft-ietf-oauth-client-id-metadata-document, "Client Metadata Document"; MCP
 * 2026-07-28, client registration). JSON that leaves no room for two readings; `client_id` is the id it was fetched by,
 * character for character (RFC 3986 §6.2.1); `client_name` is there and visible; redirect URIs that may not be registered
 * are left out, and refused when none remains.
 *
 * Nothing in it may be a secret: no member `client_secret…`, no method that shares one, no private or symmetric key.
 * `token_endpoint_auth_method` decides how the client proves itself; where it is absent, or not one that exists here,
 * the stronger of `token_endpoint_auth_methods_supported` (OpenID Connect RP Metadata Choices); where both are absent,
 * `none`, because the default of RFC 7591 shares a secret. `private_key_jwt` needs `jwks` or `jwks_uri`.
 *
 * `grant_types` is what the client may use, as far as it exists here: a refresh token comes only where `refresh_token` is
 * named as well, and where `authorization_code` is not, nothing does. Absent, it is both: RFC 7591 §2 says
 * `authorization_code`, but public clients of MCP count on a refresh token without a word of it.
 *
 * Ignores everything else it says, `scope` included. Does not fetch, and does not verify any key.
 *
 * @param privateSchemes - private-use schemes that redirect URIs may have, in lower case
 */
export function parseClientIdMetadataDocument(
  body: Uint8Array,
  clientId: string,
  privateSchemes: readonly string[],
): Result<ClientIdMetadataDocument, ClientIdMetadataDocumentFailure> {
  const json = parseStrictJson(body, { maxDepth: MAX_JSON_DEPTH });
  if (!json.ok) return fail('document_not_json');
  const document = json.value.value;
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    return fail('document_not_an_object');
  }
  const wire = document as JsonObject;
  if (wire['client_id'] !== clientId) return fail('document_of_other_client');
  if (Object.keys(wire).some((member) => member.startsWith('client_secret'))) return fail('client_secret_given');

  const described = parseClientDescription(wire);
  if (!described.ok) return described;
  const { description, members } = described.value;
  const { clientName, jwksUri, clientUri, applicationType, grantTypes = SUPPORTED_GRANT_TYPES } = description;
  const { dpopBoundAccessTokens, requirePushedAuthorizationRequests } = description;
  if (clientName === undefined || displayText(clientName) === '') return fail('client_name_missing');
  const authMethod = chooseAuthMethod(members);
  if (!authMethod.ok) return authMethod;
  const jwks = readKeys(members, authMethod.value);
  if (!jwks.ok) return jwks;
  if (jwks.value !== undefined && jwksUri !== undefined) return fail('keys_given_twice');
  const hasKeys = jwks.value !== undefined || jwksUri !== undefined;
  if (authMethod.value === 'private_key_jwt' && !hasKeys) return fail('keys_missing');
  const redirectUris = keepAllowedRedirectUris(description.redirectUris, privateSchemes);
  if (redirectUris.length === 0) return fail('redirect_uris_refused');
  return succeed({
    clientName,
    redirectUris,
    grantTypes,
    tokenEndpointAuthMethod: authMethod.value,
    jwks: jwks.value,
    jwksUri,
    clientUri,
    applicationType,
    dpopBoundAccessTokens,
    requirePushedAuthorizationRequests,
  });
}

const methodsSchema = z.object({
  token_endpoint_auth_method: z.string().optional(),
  token_endpoint_auth_methods_supported: z.array(z.string()).min(1).optional(),
});

function chooseAuthMethod(
  members: JsonObject,
): Result<DocumentAuthMethod, 'auth_method_not_accepted' | 'auth_method_malformed'> {
  const parsed = methodsSchema.safeParse(members);
  if (!parsed.success) return fail('auth_method_malformed');
  const { token_endpoint_auth_method: named, token_endpoint_auth_methods_supported: choices } = parsed.data;
  if ([named ?? '', ...(choices ?? [])].some((method) => method.startsWith('client_secret_'))) {
    return fail('auth_method_not_accepted');
  }
  if (named === 'none' || named === 'private_key_jwt') return succeed(named);
  if (choices?.includes('private_key_jwt') === true) return succeed('private_key_jwt');
  const isPublic = choices === undefined ? named === undefined : choices.includes('none');
  return isPublic ? succeed('none') : fail('auth_method_not_accepted');
}

/** As when a client registers, an empty set of a client that does not sign is none. */
function readKeys(
  { jwks }: JsonObject,
  authMethod: DocumentAuthMethod,
): Result<string | undefined, PublicJwkSetFailure> {
  if (jwks === undefined || (authMethod === 'none' && isEmptyJwkSet(jwks))) return succeed(undefined);
  const keys = parsePublicJwkSet(jwks);
  return keys.ok ? succeed(JSON.stringify(formatPublicJwkSet(keys.value))) : keys;
}
