import { requestTokens } from '../tokens/token-endpoint.js';
import { askForScopes } from './ask-for-scopes.js';
import type { Grant } from './grant.js';

/** The `grant_type` of an assertion (RFC 7523 §2.1). */
export const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

/** How a workload proves what it is. */
export interface WorkloadIdentityOptions {
  /**
   * A JWT that the platform gave this workload (Kubernetes, GitHub Actions, a cloud), fresh at every call, for the
   * authorization server named `audience`: its issuer. Whoever fetches one does so on a way of their own: nothing of the
   * platform is reached by the transport of the session.
   */
  assertion(audience: string): Promise<string>;
}

/**
 * A workload in the name its platform gave it (RFC 7523 §2.1; MCP extension Workload Identity Federation). The assertion
 * is all the proof there is: no client authenticates, and nothing is tried again after a refusal but that of scopes which
 * nobody chose.
 */
export function workloadIdentity({ assertion }: WorkloadIdentityOptions): Grant {
  return {
    kind: 'jwt_bearer',
    async obtain(context) {
      const { transport, server, resource, dpopKey } = context;
      const client = { registration: { ...UNNAMED, issuer: server.issuer }, privateKey: undefined };
      const granted = await askForScopes(context, async (scope) =>
        requestTokens(transport, server, client, {
          grantType: JWT_BEARER,
          parameters: { assertion: await assertion(server.issuer), resource, ...scope },
          dpopKey,
          isClientUnnamed: true,
        }),
      );
      return { client, ...granted };
    },
  };
}

const UNNAMED = {
  clientId: 'workload',
  clientSecret: undefined,
  authMethod: 'none',
  redirectUris: [],
  secretExpiresAtEpochSeconds: undefined,
} as const;
