import { fail, type Issuer, succeed } from '@portcullis/protocol';
import type { TrustedIssuer } from '../issuers/trusted-issuer.js';
import {
  checkAudience,
  checkConfirmation,
  checkNoIdToken,
  checkTexts,
  firstRefusal,
  LOOSE_TOKEN_TYPES,
  proofKeyOf,
  scopesOfList,
  stringsOf,
  textOf,
} from './claim-rules.js';
import {
  type KeyLocation,
  requireIssuer,
  requireOptions,
  requireText,
  signatureVerification,
} from './preset-options.js';

/** What {@link okta} is made from. */
export interface OktaOptions extends KeyLocation {
  /** A custom authorization server, `https://DOMAIN/oauth2/ID`. The org authorization server's tokens are for Okta alone. */
  readonly issuer: Issuer;
  /** The claim that an administrator added for groups. @defaultValue 'groups' */
  readonly groupsClaim?: string;
}

/**
 * A custom authorization server of Okta. Its Audience is to be the URL of the resource.
 *
 * Signed with RS256; `typ` is not told reliably, so an access token is known by `ver` 1 and `cid`, which ID tokens do
 * not have. Scopes are the array `scp`. The subject is `uid`: `sub` is the login, which people can change and others can
 * get. Without `uid` it is a program, and then `sub` is its client ID. Okta leaves a groups claim out, or fails, when
 * there are too many: without one nothing is known. A token may be bound to a key of its client (`cnf.jkt`).
 *
 * Source: developer.okta.com, "OAuth 2.0 and OIDC API", tokens and claims, "Configure OAuth 2.0 Demonstrating Proof-of-Possession",
 * and the package `@okta/jwt-verifier`.
 *
 * @throws {TypeError} when the issuer is not a custom authorization server, or `jwksUri` is no https URL
 */
export function okta(options: OktaOptions): TrustedIssuer {
  requireOptions('okta', options);
  const groupsClaim = requireText('okta', 'groupsClaim', options.groupsClaim ?? 'groups');
  return {
    issuer: requireIssuer('okta', options.issuer, {
      provider: 'Okta',
      shape: /^https:\/\/[^/]+\/oauth2\/[A-Za-z0-9]+$/,
      example:
        'https://DOMAIN/oauth2/ID (a custom authorization server; tokens of the org server are opaque to others)',
    }),
    verification: signatureVerification('okta', options),
    rules: {
      preset: 'okta',
      algorithms: ['RS256'],
      types: LOOSE_TOKEN_TYPES,
      recipientProof: 'audience',
      takesBoundTokens: true,
      readClaims(claims, { resource }) {
        const refusal = firstRefusal(
          () => checkNoIdToken(claims),
          () => (claims['ver'] === 1 ? undefined : { reason: 'claim_malformed', claim: 'ver' }),
          () => checkAudience(claims, resource),
          () => checkConfirmation(claims),
          () => checkTexts(claims, ['sub', 'cid']),
          () =>
            claims['uid'] === undefined && claims['sub'] === claims['cid'] ? undefined : checkTexts(claims, ['uid']),
        );
        if (refusal !== undefined) return fail(refusal);
        const clientId = claims['cid'] as string;
        return succeed({
          subject: textOf(claims['uid']) ?? clientId,
          clientId,
          scopes: scopesOfList(claims['scp']),
          groups: stringsOf(claims[groupsClaim]),
          accessTokenId: textOf(claims['jti']),
          proofKey: proofKeyOf(claims),
        });
      },
    },
  };
}
