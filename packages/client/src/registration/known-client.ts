import { generateRandomState } from 'oauth4webapi';
import type { AuthorizationServerMetadata } from '../discovery/authorization-server.js';
import type { Transport } from '../http/transport.js';
import { OAuthClientError } from '../oauth-client-error.js';
import type { ProvenClient } from '../tokens/client-authentication.js';
import { requestRevocation } from '../tokens/revocation.js';

/**
 * Whether an authorization server can be asked about a client: at its revocation endpoint, unless that has disowned one which
 * the server had just made. An endpoint that wants a secret refuses every public client with `invalid_client`, known or not.
 * What the metadata say of that (`revocation_endpoint_auth_methods_supported`) is not gone by: servers in use that take
 * public clients there do not list `none`.
 */
export function canBeAskedAbout(
  { revocationEndpoint }: AuthorizationServerMetadata,
  { registration }: ProvenClient,
): boolean {
  return revocationEndpoint !== undefined && registration.isDisownedWrongly !== true;
}

/**
 * Whether an authorization server says that it no longer knows a client. It shows that to the person otherwise, on a page
 * that leads nowhere (RFC 6749 §4.1.2.1), and the client waits for somebody who cannot come back. It is asked to end a
 * token that nobody has: it looks at the client first, and has nothing against the rest (RFC 7009 §2.1, §2.2).
 *
 * False where the server {@link canBeAskedAbout cannot be asked}, does not answer, or says anything but `invalid_client`.
 */
export async function isClientForgotten(
  transport: Transport,
  server: AuthorizationServerMetadata,
  client: ProvenClient,
): Promise<boolean> {
  if (!canBeAskedAbout(server, client)) return false;
  try {
    const answer = await requestRevocation(transport, server, client, generateRandomState(), 'refresh_token');
    return answer === 'invalid_client';
  } catch (error) {
    if (error instanceof OAuthClientError) return false;
    throw error;
  }
}
