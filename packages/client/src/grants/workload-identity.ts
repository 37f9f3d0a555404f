import type { Issuer } from '@portcullis/protocol';
import { readJsonObject } from '../http/json-object.js';
import { OAuthClientError } from '../oauth-client-error.js';
import { requestTokens } from '../tokens/token-endpoint.js';
import { askForScopes } from './ask-for-scopes.js';
import type { Grant } from './grant.js';

/** The `grant_type` of an assertion (RFC 7523 §2.1). */
export const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

/** How a workload proves what it is. */
export interface WorkloadIdentityOptions {
  /**
   * A JWT that the platform gave this workload (Kubernetes, GitHub Actions, a cloud), fresh at every call, for the
   * authorization server named `audience`: its issuer, which is its only `aud`. Whoever fetches one does so on a way of their
   * own: nothing of the platform is reached by the transport of the session.
   */
  assertion(audience: string): Promise<string>;
  /**
   * The authorization server that trusts the platform, as its metadata spell it. No assertion is asked for where the server
   * names another one. @defaultValue the one that the server names
   */
  readonly issuer?: Issuer;
}

/**
 * A workload in the name its platform gave it (RFC 7523 §2.1; MCP extension Workload Identity Federation). The assertion
 * is all the proof there is: no client authenticates, and nothing is tried again after a refusal but that of scopes which
 * nobody chose.
 *
 * The server decides which authorization server it names, so an assertion goes to its own audience alone. Of the assertion
 * nothing else is looked at.
 */
export function workloadIdentity({ assertion, issuer }: WorkloadIdentityOptions): Grant {
  return {
    kind: 'jwt_bearer',
    async obtain(context) {
      const { transport, server, resource, dpopKey } = context;
      if (issuer !== undefined && issuer !== server.issuer) throw notOfIssuer('The workload is');
      const client = { registration: { ...UNNAMED, issuer: server.issuer }, privateKey: undefined };
      const granted = await askForScopes(context, async (scope) => {
        const proof = await assertion(server.issuer);
        checkAudience(proof, server.issuer);
        return requestTokens(transport, server, client, {
          grantType: JWT_BEARER,
          parameters: { assertion: proof, resource, ...scope },
          dpopKey,
          isClientUnnamed: true,
        });
      });
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

/**
 * `aud` as a text or as a list of one, which some platforms always write (RFC 7519 §4.1.3): with another audience beside it
 * the assertion would be good at two places.
 */
function checkAudience(assertion: string, issuer: Issuer): void {
  const claims = readClaims(assertion);
  if (claims === undefined) {
    throw new OAuthClientError(
      'configuration_invalid',
      'The assertion of the workload is no JWT, so that nobody knows whom it is for. Nothing was sent.',
    );
  }
  const { aud } = claims;
  const audiences: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  if (audiences.length !== 1 || audiences[0] !== issuer) throw notOfIssuer('The assertion is');
}

function readClaims(jwt: string) {
  const [, claims = '', ...rest] = jwt.split('.');
  if (rest.length !== 1 || !/^[\w-]+$/.test(claims) || claims.length % 4 === 1) return undefined;
  const bytes = atob(claims.replaceAll('-', '+').replaceAll('_', '/'));
  return readJsonObject(Uint8Array.from(bytes, (byte) => byte.charCodeAt(0)));
}

function notOfIssuer(what: 'The workload is' | 'The assertion is'): OAuthClientError {
  return new OAuthClientError(
    'issuer_changed',
    `${what} for another authorization server than the one that the server names. Nothing was sent to it. Check which one the server is to name, and whom the platform is asked for an assertion for.`,
  );
}
