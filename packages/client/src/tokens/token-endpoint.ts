import {
  type AuthorizationServer,
  allowInsecureRequests,
  customFetch,
  genericTokenEndpointRequest,
} from 'oauth4webapi';
import type { AuthorizationServerMetadata } from '../discovery/authorization-server.js';
import type { Transport } from '../http/transport.js';
import { OAuthClientError } from '../oauth-client-error.js';
import { clientAuthentication, type ProvenClient, UNNAMED_CLIENT } from './client-authentication.js';
import type { DpopKey } from './dpop-key.js';
import { endpointFetch } from './endpoint-fetch.js';
import { parseTokenResponse, type TokenResponse, type TokenResponseFailure } from './token-response.js';

/** A request to the token endpoint, without what proves the client. */
export interface TokenRequest {
  readonly grantType: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** Binds what is issued to it. */
  readonly dpopKey: DpopKey | undefined;
  /** Whether the assertion alone speaks, so that no client is named (workload identity). @defaultValue false */
  readonly isClientUnnamed?: boolean;
}

/** What came of a request. */
export type TokenAnswer =
  | { readonly ok: true; readonly value: TokenResponse }
  | { readonly ok: false; readonly failure: TokenResponseFailure; readonly retryAfterSeconds: number | undefined };

const MAX_RETRY_AFTER_SECONDS = 3600;

/**
 * Asks a token endpoint (RFC 6749 §3.2). Answers the demand for a DPoP nonce (RFC 9449 §8) once.
 *
 * @throws {OAuthClientError} `server_unavailable` or `url_refused` where there is no answer
 */
export async function requestTokens(
  transport: Transport,
  server: AuthorizationServerMetadata,
  client: ProvenClient,
  request: TokenRequest,
): Promise<TokenAnswer> {
  const first = await requestOnce(transport, server, client, request);
  const wantsNonce = !first.ok && first.failure.kind === 'refused' && first.failure.error === 'use_dpop_nonce';
  return wantsNonce && request.dpopKey !== undefined ? requestOnce(transport, server, client, request) : first;
}

async function requestOnce(
  transport: Transport,
  server: AuthorizationServerMetadata,
  client: ProvenClient,
  { grantType, parameters, dpopKey, isClientUnnamed }: TokenRequest,
): Promise<TokenAnswer> {
  const { tokenEndpoint } = server;
  if (tokenEndpoint === undefined) {
    throw new OAuthClientError('discovery_failed', 'The authorization server metadata name no token endpoint.');
  }
  const authorizationServer: AuthorizationServer = { issuer: server.issuer, token_endpoint: tokenEndpoint };
  const response = await genericTokenEndpointRequest(
    authorizationServer,
    { client_id: client.registration.clientId },
    isClientUnnamed === true ? UNNAMED_CLIENT : clientAuthentication(client),
    grantType,
    { ...parameters },
    {
      ...(dpopKey === undefined ? {} : { DPoP: dpopKey.handle }),
      // The scheme was vetted with the metadata: http leads to this computer only.
      [allowInsecureRequests]: true,
      [customFetch]: endpointFetch(transport),
    },
  );
  const parsed = parseTokenResponse(response.status, new Uint8Array(await response.arrayBuffer()));
  return parsed.ok ? parsed : { ...parsed, retryAfterSeconds: retryAfter(response.headers) };
}

/** `Retry-After` in seconds (RFC 9110 §10.2.3), an hour at most. A date is not read. */
function retryAfter(headers: Headers): number | undefined {
  const value = headers.get('retry-after') ?? '';
  return /^[0-9]{1,9}$/.test(value) ? Math.min(Number(value), MAX_RETRY_AFTER_SECONDS) : undefined;
}
