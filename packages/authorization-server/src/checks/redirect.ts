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

/** Why there is nowhere to send an answer to. For the trail, except where a page says more. */
export type RedirectFailure =
  | AdmissionFailure
  | {
      readonly reason:
        | 'client_id_missing'
        | 'client_id_repeated'
        | 'redirect_uri_missing'
        | 'redirect_uri_repeated'
        | RegisteredRedirectFailure;
    };

/**
 * Finds the client and compares the redirect URI (OAuth 2.1 §4.1.1, §7.12.2). Without a redirect URI the only
 * registered one is meant, where there is only one.
 *
 * @param privateSchemes - what the operator lists; see {@link findRegisteredRedirect}
 */
export async function checkRedirect(
  clients: ClientDirectory,
  privateSchemes: readonly string[],
  request: AuthorizationRequest,
  context: RequestContext,
): Promise<Result<KnownRedirect, RedirectFailure>> {
  if (request.parameters.isRepeated('client_id')) return fail({ reason: 'client_id_repeated' });
  if (request.parameters.isRepeated('redirect_uri')) return fail({ reason: 'redirect_uri_repeated' });
  if (request.clientId === undefined) return fail({ reason: 'client_id_missing' });
  const admitted = await clients.admit(request.clientId, context);
  if (!admitted.ok) return admitted;
  const { client } = admitted.value;
  const [only, second] = client.redirectUris;
  const redirectUri = request.redirectUri ?? (second === undefined ? only : undefined);
  if (redirectUri === undefined) return fail({ reason: 'redirect_uri_missing' });
  const registered = findRegisteredRedirect(client, redirectUri, privateSchemes);
  return registered.ok
    ? succeed({ ...admitted.value, redirectUri, registered: registered.value })
    : fail({ reason: registered.failure });
}
