import { createBoundedFetch } from '@portcullis/ports';
import type { AccessTokenVerifier } from '../access-token-verifier.js';
import type { CustomIssuer, TrustedIssuer } from '../issuers/trusted-issuer.js';
import { createTrustedIssuersVerifier } from '../issuers/trusted-issuers-verifier.js';
import { rfc9068 } from '../presets/rfc9068.js';
import type { AuthorizationServerChoice, ResourceSettings } from './options.js';

/** The one verifier for all the issuers of a resource. @throws {TypeError} when an issuer or its settings make no sense */
export function createVerifierOf(settings: ResourceSettings): AccessTokenVerifier {
  const { authorizationServers, fetch, trailTenantId, ...options } = settings;
  return createTrustedIssuersVerifier({
    ...options,
    issuers: authorizationServers.map(issuerOf),
    fetch: createBoundedFetch(fetch),
    tenantId: trailTenantId,
  });
}

/** Whether a choice brings a verifier of its own. */
export function isCustom(choice: AuthorizationServerChoice): choice is CustomIssuer {
  return typeof choice === 'object' && 'verifier' in choice;
}

/** A bare issuer has tokens as RFC 9068 has them. */
function issuerOf(choice: AuthorizationServerChoice): TrustedIssuer | CustomIssuer {
  return typeof choice === 'string' ? rfc9068(choice) : choice;
}
