import { requestTokens } from '../tokens/token-endpoint.js';
import { tokenRefusal } from '../tokens/token-refusal.js';
import type { Grant } from './grant.js';

/**
 * A machine in its own name (OAuth 2.1 §4.2; MCP extension OAuth Client Credentials). The client is one that was registered
 * by hand, with a secret or a private key.
 */
export function clientCredentials(): Grant {
  return {
    kind: 'client_credentials',
    async obtain({ chooseClient, transport, server, resource, scopes, dpopKey }) {
      const client = await chooseClient({ redirectUri: undefined, grantTypes: ['client_credentials'], scopes });
      const answer = await requestTokens(transport, server, client, {
        grantType: 'client_credentials',
        parameters: { resource, ...(scopes.length === 0 ? {} : { scope: scopes.join(' ') }) },
        dpopKey,
      });
      if (!answer.ok) throw tokenRefusal(answer);
      return { client, response: answer.value };
    },
  };
}
