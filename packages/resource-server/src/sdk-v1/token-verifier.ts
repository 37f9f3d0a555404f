import {
  InsufficientScopeError,
  InvalidTokenError,
  ServerError,
} from '@modelcontextprotocol/sdk/server/auth/errors.js';
import type { OAuthTokenVerifier } from '@modelcontextprotocol/sdk/server/auth/provider.js';
import { toAuthInfo } from '../adapters/auth-info.js';
import type { ProtectedResource } from '../resource/protected-resource.js';

/**
 * A verifier for `requireBearerAuth` of SDK v1 (`@modelcontextprotocol/sdk`), which stays as it is:
 * `requireBearerAuth({ verifier: tokenVerifier(resource), resourceMetadataUrl: resource.metadataUrl })`.
 *
 * A verifier is shown the token alone. So one that is bound to a key of its client (RFC 9449) is refused, since whether its
 * sender holds the key cannot be seen, and where `dpop.required` is set nobody gets in this way.
 *
 * The token is verified as everywhere here, recipient included. What that middleware decides itself it decides as it
 * does: it serves no metadata, checks no `Origin`, has no challenge without an error, sees one `Authorization` header,
 * names its own `requiredScopes` only, takes a token for expired without `clockToleranceSeconds`, and answers 500 where
 * tokens cannot be verified right now. `expressGuard`
 * does all of that.
 */
export function tokenVerifier(resource: ProtectedResource): OAuthTokenVerifier {
  return {
    async verifyAccessToken(token) {
      const admission = await resource.admitToken(token);
      switch (admission.outcome) {
        case 'admitted':
          return { ...toAuthInfo(admission.caller, token) };
        case 'invalid_token':
          throw new InvalidTokenError('The access token is not valid');
        case 'insufficient_scope':
          throw new InsufficientScopeError('The access token lacks a scope that every request needs');
        case 'unavailable':
          throw new ServerError('Access tokens cannot be verified right now');
      }
    },
  };
}
