import { requestTokens } from '../tokens/token-endpoint.js';
import { askForScopes } from './ask-for-scopes.js';
import type { Grant } from './grant.js';

/**
 * A machine in its own name (OAuth 2.1 §4.2; MCP extension OAuth Client Credentials). The client is one that was registered
 * by hand, with a secret or a private key.
 */
export function clientCredentials(): Grant {
  return {
    kind: 'client_credentials',
    async obtain(context) {
      const { chooseClient, transport, server, resource, scopes, dpopKey } = context;
      const client = await chooseClient({ redirectUri: undefined, grantTypes: ['client_credentials'], scopes });
      const granted = await askForScopes(context, (scope) =>
        requestTokens(transport, server, client, {
          grantType: 'client_credentials',
          parameters: { resource, ...scope },
          dpopKey,
        }),
      );
      return { client, ...granted };
    },
  };
}
