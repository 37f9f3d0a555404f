import { fail, type Issuer, succeed } from '@portcullis/protocol';
import type { TrustedIssuer } from '../issuers/trusted-issuer.js';
import { checkNoIdToken, firstRefusal, LOOSE_TOKEN_TYPES, textOf } from './claim-rules.js';
import { type KeyLocation, requireIssuer, requireOptions, signatureVerification } from './preset-options.js';
import { readRfc9068Claims } from './rfc9068-claims.js';

/** What {@link ping} is made from. */
export interface PingOptions extends KeyLocation {
  /** `https://auth.pingone.REGION/ENVIRONMENT_ID/as`, or `https://DOMAIN/as` at a domain of your own. */
  readonly issuer: Issuer;
}

/**
 * An environment of PingOne, with a custom resource whose audience is the URL of the resource.
 *
 * The claims of RFC 9068, signed with RS256. Until 2027-03-02 `typ` may be missing: an access token is then known by
 * `client_id`, which ID tokens do not have. A program has no `sub` of its own; its client ID takes that place. The tenant
 * is the environment. For PingFederate use `rfc9068`.
 *
 * Source: developer.pingidentity.com, PingOne Platform APIs, "Token claims".
 *
 * @throws {TypeError} when the issuer is not of PingOne's form, or `jwksUri` is no https URL
 */
export function ping(options: PingOptions): TrustedIssuer {
  requireOptions('ping', options);
  return {
    issuer: requireIssuer('ping', options.issuer, {
      provider: 'PingOne',
      shape: /^https:\/\/[^/]+(?:\/[^/]+)?\/as$/,
      example: 'https://auth.pingone.REGION/ENVIRONMENT_ID/as',
    }),
    verification: signatureVerification('ping', options),
    rules: {
      preset: 'ping',
      algorithms: ['RS256'],
      types: LOOSE_TOKEN_TYPES,
      recipientProof: 'audience',
      readClaims(claims, context) {
        const refusal = firstRefusal(() => checkNoIdToken(claims));
        if (refusal !== undefined) return fail(refusal);
        const { sub = claims['client_id'] } = claims;
        const facts = readRfc9068Claims(sub === undefined ? claims : { ...claims, sub }, context);
        if (!facts.ok) return facts;
        return succeed({ ...facts.value, tenantId: textOf(claims['env']) });
      },
    },
  };
}
