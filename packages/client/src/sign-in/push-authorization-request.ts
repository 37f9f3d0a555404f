import { allowInsecureRequests, customFetch, pushedAuthorizationRequest } from 'oauth4webapi';
import { readJsonObject, textMember } from '../http/json-object.js';
import type { Transport } from '../http/transport.js';
import { OAuthClientError } from '../oauth-client-error.js';
import { clientAuthentication, type ProvenClient } from '../tokens/client-authentication.js';
import type { DpopKey } from '../tokens/dpop-key.js';
import { endpointFetch } from '../tokens/endpoint-fetch.js';
import { isClientRefused, tokenRefusal } from '../tokens/token-refusal.js';
import { parseTokenResponse, type TokenResponseFailure } from '../tokens/token-response.js';
import type { PendingAuthorization } from './authorization-request.js';
import { responseError } from './response-error.js';
import { wordsOfServer } from './words-of-server.js';

/**
 * When authorization requests are pushed (RFC 9126): where the metadata of the server require it, or always, for a client
 * that its server requires it of, which no metadata tell.
 */
export type PushedAuthorizationRequests = 'when_required' | 'always';

/** What pushing works with. */
export interface PushContext {
  readonly transport: Transport;
  readonly pushedAuthorizationRequests: PushedAuthorizationRequests;
  /** Proven while the request is pushed, which binds the code to it (RFC 9449 §10.1). */
  readonly dpopKey: DpopKey | undefined;
}

/** The request as it is now, or why the server did not take it. */
export type PushOutcome =
  | { readonly ok: true; readonly value: PendingAuthorization }
  | {
      readonly ok: false;
      readonly error: OAuthClientError;
      /** Whether the server says that it does not know this client. */
      readonly isClientRefused: boolean;
    };

/** Longest `request_uri` that is taken. */
const MAX_LENGTH = 2048;

/**
 * Pushes an authorization request where that is to be done (RFC 9126 §2), and leaves it as it is otherwise. The client proves
 * itself as at the token endpoint. Answers the demand for a DPoP nonce (RFC 9449 §8) once.
 *
 * @throws {OAuthClientError} `discovery_failed` or `configuration_invalid` where the server has no place for it,
 *   `server_unavailable` or `url_refused` where there is no answer
 */
export async function pushWhereDue(
  context: PushContext,
  client: ProvenClient,
  pending: PendingAuthorization,
): Promise<PushOutcome> {
  if (!pending.server.isPushRequired && context.pushedAuthorizationRequests !== 'always') {
    return { ok: true, value: pending };
  }
  const endpoint = pending.server.pushedAuthorizationRequestEndpoint ?? throwNoEndpoint(pending.server.isPushRequired);
  const first = await pushOnce(context, client, pending, endpoint);
  const wantsNonce = !first.ok && first.failure.kind === 'refused' && first.failure.error === 'use_dpop_nonce';
  const answer =
    wantsNonce && context.dpopKey !== undefined ? await pushOnce(context, client, pending, endpoint) : first;
  if (!answer.ok) {
    const { failure, description } = answer;
    const refused = { ok: false, failure, retryAfterSeconds: undefined } as const;
    return { ok: false, error: pushError(failure, description), isClientRefused: isClientRefused(refused) };
  }
  const url = new URL(pending.server.authorizationEndpoint ?? endpoint);
  url.searchParams.set('client_id', pending.clientId);
  url.searchParams.set('request_uri', answer.requestUri);
  return { ok: true, value: { ...pending, url, isPushed: true } };
}

type PushAnswer =
  | { readonly ok: true; readonly requestUri: string }
  | { readonly ok: false; readonly failure: TokenResponseFailure; readonly description: string | undefined };

async function pushOnce(
  { transport, dpopKey }: PushContext,
  client: ProvenClient,
  { server, clientId, parameters }: PendingAuthorization,
  endpoint: string,
): Promise<PushAnswer> {
  const response = await pushedAuthorizationRequest(
    { issuer: server.issuer, pushed_authorization_request_endpoint: endpoint },
    { client_id: clientId },
    clientAuthentication(client),
    new URLSearchParams(parameters),
    {
      ...(dpopKey === undefined ? {} : { DPoP: dpopKey.handle }),
      // The scheme was vetted with the metadata: http leads to this computer only.
      [allowInsecureRequests]: true,
      [customFetch]: endpointFetch(transport, 'endpoint for pushed requests'),
    },
  );
  const { status } = response;
  const body = new Uint8Array(await response.arrayBuffer());
  const json = readJsonObject(body);
  // 201 by the standard; some servers in use say 200.
  const requestUri =
    (status === 201 || status === 200) && json !== undefined ? textMember(json, 'request_uri') : undefined;
  if (requestUri !== undefined && requestUri.length <= MAX_LENGTH && /^[\x21-\x7e]+$/.test(requestUri)) {
    return { ok: true, requestUri };
  }
  // Its errors are those of the token endpoint (RFC 9126 §2.3).
  const parsed = parseTokenResponse(status, body);
  const failure = parsed.ok ? ({ kind: 'malformed', status } as const) : parsed.failure;
  const said = json === undefined ? undefined : textMember(json, 'error_description');
  return { ok: false, failure, description: wordsOfServer(withoutSecret(said, client)) };
}

/** Nothing of a description that repeats the secret which it was sent. */
function withoutSecret(said: string | undefined, { registration }: ProvenClient): string | undefined {
  const { clientSecret } = registration;
  return clientSecret !== undefined && said?.includes(clientSecret) === true ? undefined : said;
}

function pushError(failure: TokenResponseFailure, description: string | undefined): OAuthClientError {
  const { status } = failure;
  if (failure.kind === 'unavailable') return tokenRefusal({ ok: false, failure, retryAfterSeconds: undefined });
  if (failure.kind === 'malformed') {
    return new OAuthClientError(
      'authorization_refused',
      `The authorization server did not take the pushed request of the sign-in (HTTP ${status}). Whoever runs it can tell why.`,
      { status },
    );
  }
  const { error } = failure;
  if (error !== 'invalid_client') return responseError({ kind: 'refused', error, description });
  return new OAuthClientError(
    'client_refused',
    `The authorization server refused the sign-in: ${error}. It does not know this client, or the client could not prove itself. Check the client id and secret.`,
    { error, status, description },
  );
}

function throwNoEndpoint(isRequired: boolean): never {
  throw isRequired
    ? new OAuthClientError(
        'discovery_failed',
        'The authorization server takes only pushed authorization requests (RFC 9126), and its metadata name nowhere to push them to. Whoever runs it has to mend that.',
      )
    : new OAuthClientError(
        'configuration_invalid',
        'The authorization server names nowhere to push authorization requests to (RFC 9126). Sign in without pushing them.',
      );
}
