import type { RequestContext } from '@portcullis/ports';
import { type AuthorizationRequest, fail, type RedirectUri, type Result, succeed } from '@portcullis/protocol';
import type { AdmissionFailure, AdmittedClient, ClientDirectory } from '../clients/client-directory.js';
import { findRegisteredRedirect, type RegisteredRedirectFailure } from './registered-redirect.js';

/** A client, and where its browser may be sent. */
export interface KnownRedirect extends AdmittedClient {
  /** As presented: for loopback redirects it carries the port of the moment. */
  readonly redirectUri: string;
  /** The one it was registered as. */
  readonly registered: RedirectUri;
}

/** What is wrong with the redirect URI of a request whose client is known. */
export type RedirectUriFailure = { readonly reason: 'redirect_uri_missing' | RegisteredRedirectFailure };

/** Why there is nowhere to send an answer to. For the trail, except where a page says more. */
export type RedirectFailure =
  | AdmissionFailure
  | { readonly reason: 'client_id_missing' | 'client_id_repeated' | 'redirect_uri_repeated' | 'redirect_uri_malformed' }
  | RedirectUriFailure;

/** Finds the client and compares the redirect URI: see {@link chooseRedirect}. */
export async function checkRedirect(
  clients: ClientDirectory,
  privateSchemes: readonly string[],
  request: AuthorizationRequest,
  context: RequestContext,
): Promise<Result<KnownRedirect, RedirectFailure>> {
  if (request.parameters.isRepeated('client_id')) return fail({ reason: 'client_id_repeated' });
  if (request.parameters.isRepeated('redirect_uri')) return fail({ reason: 'redirect_uri_repeated' });
  if (request.parameters.isMalformed('redirect_uri')) return fail({ reason: 'redirect_uri_malformed' });
  if (request.clientId === undefined) return fail({ reason: 'client_id_missing' });
  const admitted = await clients.admit(request.clientId, context);
  return admitted.ok ? chooseRedirect(admitted.value, privateSchemes, request) : admitted;
}

/**
 * Compares the redirect URI with those of the client (OAuth 2.1 §4.1.1, §7.12.2). Without a redirect URI the only
 * registered one is meant, where there is only one.
 *
 * @param privateSchemes - what the operator lists; see {@link findRegisteredRedirect}
 */
export function chooseRedirect(
  admitted: AdmittedClient,
  privateSchemes: readonly string[],
  request: AuthorizationRequest,
): Result<KnownRedirect, RedirectUriFailure> {
  const { client } = admitted;
  const [only, second] = client.redirectUris;
  const redirectUri = request.redirectUri ?? (second === undefined ? only : undefined);
  if (redirectUri === undefined) return fail({ reason: 'redirect_uri_missing' });
  const registered = findRegisteredRedirect(client, redirectUri, privateSchemes);
  return registered.ok
    ? succeed({ ...admitted, redirectUri, registered: registered.value })
    : fail({ reason: registered.failure });
}
