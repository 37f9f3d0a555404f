import { fail, JWT_BEARER_GRANT_TYPE, parseJwtBearerTokenRequest } from '@portcullis/protocol';
import { exchangeIdentityAssertion } from './jwt-bearer/identity-assertion.js';
import { readPresentedAssertion } from './jwt-bearer/presented-assertion.js';
import { exchangeWorkloadAssertion } from './jwt-bearer/workload.js';
import type { TokenGrant } from './token-grant.js';

/**
 * The grant by assertion (RFC 7523 §2.1): the word of an identity provider about a user (ID-JAG), or that of a platform about
 * one of its workloads. `iss` picks exactly one of the configured issuers before anything else is looked at, and its kind
 * decides which of the two it is. Nothing falls through: what an assertion of one kind lacks is not looked for in the other.
 *
 * For a user the client proves itself, as everywhere. A workload is no client and needs none. Where a request for one
 * shows what a client proves itself with all the same, that has to be right (RFC 7523 §3.1), and then it is refused: nobody
 * could say which of the two the token is for. A `client_id` alone is a name and proves nothing: it is ignored. Where the issuer is
 * none that is configured, whoever asks without a proof is told of the assertion, and not of a client that there need not be.
 */
export const jwtBearerGrant: TokenGrant = {
  grantType: JWT_BEARER_GRANT_TYPE,
  credentialParameter: 'assertion',
  isOffered: ({ assertionIssuers }) => assertionIssuers.length > 0,
  async exchange(core, request) {
    const parsed = parseJwtBearerTokenRequest(request.parameters);
    if (!parsed.ok) return fail({ reason: parsed.failure });
    const presented = readPresentedAssertion(core.settings, parsed.value.assertion);
    if (!presented.ok) return presented;
    const { issuer } = presented.value;
    if (issuer.kind === 'workload') return fail({ reason: 'assertion_of_workload_with_client', detail: issuer.issuer });
    return exchangeIdentityAssertion(core, request, parsed.value, { ...presented.value, issuer });
  },
  withoutClient(core, parameters) {
    const parsed = parseJwtBearerTokenRequest(parameters);
    // A scope that cannot be read is refused alike, whoever asks for it.
    if (!parsed.ok)
      return parsed.failure === 'scope_malformed' ? async () => fail({ reason: parsed.failure }) : undefined;
    const presented = readPresentedAssertion(core.settings, parsed.value.assertion);
    if (!presented.ok) return async () => presented;
    const { issuer } = presented.value;
    if (issuer.kind !== 'workload') return undefined;
    return (request) => exchangeWorkloadAssertion(core, request, parsed.value, { ...presented.value, issuer });
  },
};
