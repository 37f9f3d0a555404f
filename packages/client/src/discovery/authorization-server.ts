import { type Issuer, type JsonObject, parseEndpointUrl } from '@portcullis/protocol';
import { textListMember, textMember } from '../http/json-object.js';
import type { Transport } from '../http/transport.js';
import { OAuthClientError } from '../oauth-client-error.js';
import { fetchMetadataDocument } from './metadata-document.js';
import { authorizationServerMetadataUrls } from './well-known.js';

/** The metadata of an authorization server (RFC 8414 §2), as far as a client acts on them. Endpoints were vetted by form. */
export interface AuthorizationServerMetadata {
  readonly issuer: Issuer;
  readonly authorizationEndpoint: string | undefined;
  readonly tokenEndpoint: string | undefined;
  readonly registrationEndpoint: string | undefined;
  readonly revocationEndpoint: string | undefined;
  readonly deviceAuthorizationEndpoint: string | undefined;
  /** `pushed_authorization_request_endpoint` (RFC 9126 §5) */
  readonly pushedAuthorizationRequestEndpoint: string | undefined;
  /** `require_pushed_authorization_requests`: nobody signs in by a request that was not pushed (RFC 9126 §5). */
  readonly isPushRequired: boolean;
  /** `code_challenge_methods_supported`; empty where it is absent. */
  readonly codeChallengeMethods: readonly string[];
  /** `token_endpoint_auth_methods_supported`; `client_secret_basic` where it is absent (RFC 8414 §2). */
  readonly tokenEndpointAuthMethods: readonly string[];
  readonly scopesSupported: readonly string[];
  readonly grantTypesSupported: readonly string[] | undefined;
  /** `authorization_response_iss_parameter_supported` (RFC 9207 §3) */
  readonly isIssParameterSupported: boolean;
  /** `client_id_metadata_document_supported` */
  readonly isClientIdMetadataDocumentSupported: boolean;
  /** `dpop_signing_alg_values_supported` (RFC 9449 §5.1) */
  readonly dpopSigningAlgorithms: readonly string[];
  /** Whether no document was found and the endpoints are those of the revision 2025-03-26: nothing is known of it. */
  readonly isAssumed: boolean;
}

/** The metadata, or how their absence was found out. */
export type AuthorizationServerDiscovery =
  | { readonly kind: 'found'; readonly metadata: AuthorizationServerMetadata }
  /** Every address said 404. */
  | { readonly kind: 'absent' };

/**
 * Finds the metadata of an authorization server (MCP, Authorization Server Metadata Discovery). Their `issuer` has to be
 * one of `issuers`, character by character (RFC 8414 §3.3); an address whose document says otherwise ends the search.
 *
 * @param issuers - the accepted spellings; the first is where the search goes by
 * @throws {OAuthClientError} `url_refused`, `issuer_mismatch`, `server_unavailable` or `discovery_failed`
 */
export async function discoverAuthorizationServer(
  transport: Transport,
  issuers: readonly [Issuer, ...Issuer[]],
): Promise<AuthorizationServerDiscovery> {
  const url = parseEndpointUrl(issuers[0]);
  if (!url.ok || url.value.search !== '') {
    throw new OAuthClientError('url_refused', 'The server names an authorization server whose address is not https.');
  }
  let isAbsent = true;
  let isDown = false;
  for (const candidate of authorizationServerMetadataUrls(url.value)) {
    const answer = await fetchMetadataDocument(transport, candidate);
    if (answer.kind === 'found') return { kind: 'found', metadata: readMetadata(answer.document, issuers) };
    if (answer.kind === 'refused') throw notAllowed();
    if (answer.kind !== 'absent') isAbsent = false;
    // One is enough: it may be the one where the document stands.
    if (answer.kind === 'down') isDown = true;
  }
  if (isAbsent) return { kind: 'absent' };
  throw isDown
    ? new OAuthClientError(
        'server_unavailable',
        `The authorization server at ${url.value.origin} does not answer. Try again later.`,
      )
    : noMetadata(url.value);
}

function notAllowed(): OAuthClientError {
  return new OAuthClientError(
    'url_refused',
    'The server names an authorization server at an address that is not allowed. Nothing was sent to it.',
  );
}

/** For the caller that has no other way. */
export function noMetadata({ origin }: URL): OAuthClientError {
  return new OAuthClientError(
    'discovery_failed',
    `No authorization server metadata (RFC 8414) were found at ${origin}. Whoever runs the server has to name one that publishes them.`,
  );
}

function readMetadata(document: JsonObject, issuers: readonly Issuer[]): AuthorizationServerMetadata {
  const issuer = textMember(document, 'issuer');
  if (issuer === undefined || !issuers.includes(issuer)) {
    throw new OAuthClientError(
      'issuer_mismatch',
      'The authorization server metadata name another issuer than the one they were asked from, so they are not believed (RFC 8414 §3.3). Whoever runs the server has to mend that.',
    );
  }
  return {
    issuer,
    authorizationEndpoint: endpoint(document, 'authorization_endpoint'),
    tokenEndpoint: endpoint(document, 'token_endpoint'),
    registrationEndpoint: endpoint(document, 'registration_endpoint'),
    revocationEndpoint: endpoint(document, 'revocation_endpoint'),
    deviceAuthorizationEndpoint: endpoint(document, 'device_authorization_endpoint'),
    pushedAuthorizationRequestEndpoint: endpoint(document, 'pushed_authorization_request_endpoint'),
    isPushRequired: document['require_pushed_authorization_requests'] === true,
    codeChallengeMethods: textListMember(document, 'code_challenge_methods_supported') ?? [],
    tokenEndpointAuthMethods: textListMember(document, 'token_endpoint_auth_methods_supported') ?? [
      'client_secret_basic',
    ],
    scopesSupported: textListMember(document, 'scopes_supported') ?? [],
    grantTypesSupported: textListMember(document, 'grant_types_supported'),
    isIssParameterSupported: document['authorization_response_iss_parameter_supported'] === true,
    isClientIdMetadataDocumentSupported: document['client_id_metadata_document_supported'] === true,
    dpopSigningAlgorithms: textListMember(document, 'dpop_signing_alg_values_supported') ?? [],
    isAssumed: false,
  };
}

/** @throws {OAuthClientError} `url_refused`: an endpoint that is there but cannot be used is no reason to do without */
function endpoint(document: JsonObject, name: string): string | undefined {
  const value = document[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string' && parseEndpointUrl(value).ok) return value;
  throw new OAuthClientError('url_refused', `The authorization server metadata have a "${name}" that is no https URL.`);
}
