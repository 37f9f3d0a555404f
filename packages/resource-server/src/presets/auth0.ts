import { fail, type Issuer, succeed } from '@portcullis/protocol';
import type { TrustedIssuer } from '../issuers/trusted-issuer.js';
import {
  ACCESS_TOKEN_TYPES,
  checkAudience,
  checkConfirmation,
  checkNoIdToken,
  checkTenant,
  checkTexts,
  firstRefusal,
  proofKeyOf,
  scopesOf,
  stringsOf,
  textOf,
} from './claim-rules.js';
import {
  type KeyLocation,
  optionalTexts,
  requireIssuer,
  requireOptions,
  signatureVerification,
} from './preset-options.js';

/** What {@link auth0} is made from. */
export interface Auth0Options extends KeyLocation {
  /** With the slash at its end: `https://TENANT.REGION.auth0.com/`, or a domain of your own. */
  readonly issuer: Issuer;
  /** The organizations (`org_id`) that may come in. @defaultValue all, and tokens without one */
  readonly organizations?: readonly string[];
}

/**
 * A tenant of Auth0, with an API whose identifier is the URL of the resource.
 *
 * Signed with RS256 or PS256, in either token profile: `typ` JWT with `azp`, or at+jwt with `client_id`. The audience
 * names the resource, beside the user info endpoint or alone. `permissions` are those of the user whatever the client was
 * given, so they stay apart from its scopes. `org_id` is the tenant. A token may be bound to a key of its client (`cnf.jkt`).
 *
 * Source: auth0.com/docs/secure/tokens/access-tokens/access-token-profiles, "Work with Tokens and Organizations",
 * and "Demonstrating Proof-of-Possession (DPoP)".
 *
 * @throws {TypeError} when the issuer does not end in a slash, the list of organizations is empty, or `jwksUri` is
 * no https URL
 */
export function auth0(options: Auth0Options): TrustedIssuer {
  requireOptions('auth0', options);
  const organizations = optionalTexts('auth0', 'organizations', options.organizations);
  return {
    issuer: requireIssuer('auth0', options.issuer, {
      provider: 'Auth0',
      shape: /^https:\/\/[^/]+\/$/,
      example: 'https://TENANT.REGION.auth0.com/ (with the slash: without it no token has this issuer)',
    }),
    verification: signatureVerification('auth0', options),
    rules: {
      preset: 'auth0',
      algorithms: ['RS256', 'PS256'],
      types: ['jwt', ...ACCESS_TOKEN_TYPES],
      recipientProof: 'audience',
      takesBoundTokens: true,
      readClaims(claims, { resource }) {
        const clientClaim = claims['client_id'] === undefined ? 'azp' : 'client_id';
        const refusal = firstRefusal(
          () => checkNoIdToken(claims),
          () => checkAudience(claims, resource),
          () => checkConfirmation(claims),
          () => checkTexts(claims, ['sub', clientClaim]),
          () => checkTenant(claims['org_id'], organizations),
        );
        if (refusal !== undefined) return fail(refusal);
        return succeed({
          subject: claims['sub'] as string,
          clientId: claims[clientClaim] as string,
          scopes: scopesOf(claims['scope']),
          permissions: stringsOf(claims['permissions']) ?? [],
          tenantId: textOf(claims['org_id']),
          accessTokenId: textOf(claims['jti']),
          proofKey: proofKeyOf(claims),
        });
      },
    },
  };
}
