import { DEVICE_CODE_GRANT_TYPE, isLoopbackHost } from '@portcullis/protocol';
import type { AuthorizationServerMetadata } from '../discovery/authorization-server.js';
import { readJsonObject, textListMember, textMember } from '../http/json-object.js';
import type { Transport } from '../http/transport.js';
import { OAuthClientError } from '../oauth-client-error.js';
import type { ClientAuthMethod, Registration } from '../stores/records.js';
import type { ClientIdentityDescription } from './client-identity.js';

/** What a registration asks for. */
export interface RegistrationRequest {
  readonly description: ClientIdentityDescription;
  /** Empty for a grant without a browser. */
  readonly redirectUris: readonly string[];
  readonly grantTypes: readonly string[];
  readonly scopes: readonly string[];
}

const MAX_BYTES = 64 * 1024;
const TIMEOUT_MILLISECONDS = 10_000;
const DEFAULT_CLIENT_NAME = 'MCP client';

/** What this client can do, best first: a public client has nothing that can leak. */
const AUTH_METHODS = [
  'none',
  'client_secret_basic',
  'client_secret_post',
] as const satisfies readonly ClientAuthMethod[];

/**
 * Registers this client at an authorization server (RFC 7591 §3). How it will prove itself is what the server says in the
 * end.
 *
 * @throws {OAuthClientError} `registration_unavailable`, `registration_refused`, `server_unavailable`
 */
export async function registerDynamically(
  transport: Transport,
  server: AuthorizationServerMetadata,
  request: RegistrationRequest,
): Promise<Registration> {
  const isForDevice = request.grantTypes.includes(DEVICE_CODE_GRANT_TYPE);
  if (server.registrationEndpoint === undefined) throw noWayToRegister(isForDevice);
  const answer = await transport({
    url: server.registrationEndpoint,
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(registrationParams(server, request)),
    maxBytes: MAX_BYTES,
    timeoutMilliseconds: TIMEOUT_MILLISECONDS,
  });
  if (!answer.ok) {
    throw answer.failure === 'address_refused'
      ? new OAuthClientError(
          'url_refused',
          'The registration endpoint leads to an address that is not allowed. Nothing was sent.',
        )
      : new OAuthClientError(
          'server_unavailable',
          'The registration endpoint of the authorization server does not answer. Try again later.',
        );
  }
  const { status, body } = answer.value;
  const json = readJsonObject(body);
  // 201 by the standard; some servers in use say 200.
  const registration =
    (status === 201 || status === 200) && json !== undefined ? readRegistration(server, json) : undefined;
  if (registration !== undefined) return registration;
  // No endpoint after all: one that was assumed, or one that was turned off.
  if (status === 404 || status === 405) throw noWayToRegister(isForDevice);
  const code = json === undefined ? undefined : textMember(json, 'error');
  const error = code !== undefined && /^[a-z_]{1,64}$/.test(code) ? code : undefined;
  throw new OAuthClientError(
    status === 429 || status >= 500 ? 'server_unavailable' : 'registration_refused',
    `The authorization server did not register this client (HTTP ${status}${error === undefined ? '' : `, ${error}`}). ${adviseToAsk(isForDevice)}`,
    { status, error },
  );
}

/** For the caller too: there is nothing else to try. */
export function noWayToRegister(isForDevice = false): OAuthClientError {
  return new OAuthClientError(
    'registration_unavailable',
    `This authorization server registers no clients by itself. ${adviseToAsk(isForDevice)}`,
  );
}

/** Many servers register only clients that name a redirect URI, which a device has none of. */
function adviseToAsk(isForDevice: boolean): string {
  return isForDevice
    ? 'For devices it needs a client id that has the device grant: ask whoever runs it for one, and use that.'
    : 'Ask whoever runs it for a client id, and use that.';
}

function registrationParams(
  server: AuthorizationServerMetadata,
  { description, redirectUris, grantTypes, scopes }: RegistrationRequest,
): Record<string, unknown> {
  const authMethod = AUTH_METHODS.find((method) => server.tokenEndpointAuthMethods.includes(method)) ?? 'none';
  const isWithBrowser = redirectUris.length > 0;
  return {
    client_name: description.clientName ?? DEFAULT_CLIENT_NAME,
    client_uri: description.clientUri,
    logo_uri: description.logoUri,
    contacts: description.contacts,
    software_id: description.softwareId,
    software_version: description.softwareVersion,
    redirect_uris: redirectUris,
    application_type: isWithBrowser && redirectUris.every(isWeb) ? 'web' : 'native',
    grant_types: grantTypes,
    response_types: isWithBrowser ? ['code'] : [],
    token_endpoint_auth_method: authMethod,
    ...(scopes.length === 0 ? {} : { scope: scopes.join(' ') }),
  };
}

/** OpenID Connect Registration §2, `application_type`: https at a host that is not this computer. */
function isWeb(redirectUri: string): boolean {
  const { protocol, hostname } = new URL(redirectUri);
  return protocol === 'https:' && !isLoopbackHost(hostname);
}

function readRegistration(
  server: AuthorizationServerMetadata,
  json: NonNullable<ReturnType<typeof readJsonObject>>,
): Registration | undefined {
  const clientId = textMember(json, 'client_id');
  const clientSecret = textMember(json, 'client_secret');
  if (clientId === undefined) return undefined;
  const said = textMember(json, 'token_endpoint_auth_method');
  const assumed = clientSecret === undefined ? 'none' : 'client_secret_basic';
  const authMethod = said === undefined ? assumed : AUTH_METHODS.find((method) => method === said);
  if (authMethod === undefined || (authMethod !== 'none' && clientSecret === undefined)) return undefined;
  const expiresAt = json['client_secret_expires_at'];
  const isLimited = typeof expiresAt === 'number' && Number.isSafeInteger(expiresAt) && expiresAt > 0;
  return {
    issuer: server.issuer,
    clientId,
    clientSecret: authMethod === 'none' ? undefined : clientSecret,
    authMethod,
    redirectUris: textListMember(json, 'redirect_uris') ?? [],
    secretExpiresAtEpochSeconds: isLimited ? expiresAt : undefined,
  };
}
