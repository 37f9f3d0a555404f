import { generateRandomState } from 'oauth4webapi';
import type { AuthorizationServerMetadata } from '../discovery/authorization-server.js';
import type { Transport } from '../http/transport.js';
import { OAuthClientError } from '../oauth-client-error.js';
import type { ProvenClient } from '../tokens/client-authentication.js';
import { requestRevocation } from '../tokens/revocation.js';

/**
 * Whether an authorization server says that it no longer knows a client. It shows that to the person otherwise, on a page
 * that leads nowhere (RFC 6749 §4.1.2.1), and the client waits for somebody who cannot come back. It is asked to end a
 * token that nobody has: it looks at the client first, and has nothing against the rest (RFC 7009 §2.1, §2.2).
 *
 * False where the server cannot be asked, does not answer, or says anything but `invalid_client`.
 */
export async function isClientForgotten(
  transport: Transport,
  server: AuthorizationServerMetadata,
  client: ProvenClient,
): Promise<boolean> {
  try {
    const answer = await requestRevocation(transport, server, client, generateRandomState(), 'refresh_token');
    return answer === 'invalid_client';
  } catch (error) {
    if (error instanceof OAuthClientError) return false;
    throw error;
  }
}
