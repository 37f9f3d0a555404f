import { createBoundedFetch } from '@portcullis/ports';
import type { CustomIssuer, TrustedIssuer } from '../issuers/trusted-issuer.js';
import { createTrustedIssuersVerifier, type TrustedIssuersVerifier } from '../issuers/trusted-issuers-verifier.js';
import { rfc9068 } from '../presets/rfc9068.js';
import { createCheckedVerifier } from './checked-verifier.js';
import { createHostVerifier } from './host-verifier.js';
import type { AuthorizationServerChoice } from './options.js';
import type { ResourceSettings } from './settings.js';

/**
 * The one verifier for all the issuers of a resource, which never throws. Where a host brings the only one there is, that
 * one sees every token, whatever its form, and answers as fast as it can. It is held to the same as all others.
 *
 * @throws {TypeError} when issuers contradict each other, or one makes no sense
 */
export function createVerifierOf(settings: ResourceSettings): TrustedIssuersVerifier {
  const { authorizationServers, fetch, trailTenantId, ...options } = settings;
  const issuers = authorizationServers.map((choice): TrustedIssuer | CustomIssuer => {
    if (isCustom(choice)) return { ...choice, verifier: createHostVerifier(choice, settings) };
    // A bare issuer has tokens as RFC 9068 has them.
    return typeof choice === 'string' ? rfc9068(choice) : choice;
  });
  const [only] = issuers;
  if (issuers.length === 1 && only !== undefined && 'verifier' in only) {
    return { ...only.verifier, prepare: async () => [] };
  }
  const verifier = createTrustedIssuersVerifier({
    ...options,
    issuers,
    fetch: createBoundedFetch(fetch),
    tenantId: trailTenantId,
  });
  return { ...createCheckedVerifier(verifier, settings), prepare: verifier.prepare };
}

/** Whether a choice brings a verifier of its own. */
export function isCustom(choice: AuthorizationServerChoice): choice is CustomIssuer {
  return typeof choice === 'object' && 'verifier' in choice;
}
