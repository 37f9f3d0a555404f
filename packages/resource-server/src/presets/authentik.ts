import { fail, type Issuer, succeed } from '@portcullis/protocol';
import type { TrustedIssuer } from '../issuers/trusted-issuer.js';
import { checkAudience, checkTexts, firstRefusal, scopesOf, stringsOf, textOf } from './claim-rules.js';
import {
  type KeyLocation,
  requireIssuer,
  requireOptions,
  requireText,
  signatureVerification,
} from './preset-options.js';

/** What {@link authentik} is made from. */
export interface AuthentikOptions extends KeyLocation {
  /** Of one application: `https://HOST/application/o/SLUG/`, with the slash at its end. */
  readonly issuer: Issuer;
  /** The client ID of the provider that is there for this resource alone. */
  readonly clientId: string;
}

/**
 * An OAuth2 provider of authentik that is used for one resource, in the issuer mode where each provider has its own.
 *
 * authentik knows no resources: `aud` is the client ID of the provider, which therefore stands for the resource, and is
 * shared by all its clients. An access token is the ID token and something more: `azp` and `uid`; a hash of the access
 * token or a code is only in ID tokens. `groups` is what the scope `profile` put there.
 *
 * Source: docs.goauthentik.io, "OAuth 2.0 provider", and `authentik/providers/oauth2/id_token.py`.
 *
 * @throws {TypeError} when the issuer is not of one application, the client ID is missing, or `jwksUri` is no https URL
 */
export function authentik(options: AuthentikOptions): TrustedIssuer {
  requireOptions('authentik', options);
  const clientId = requireText('authentik', 'clientId', options.clientId);
  return {
    issuer: requireIssuer('authentik', options.issuer, {
      provider: 'authentik',
      shape: /\/application\/o\/[^/]+\/$/,
      example: 'https://HOST/application/o/SLUG/ (with the slash)',
    }),
    verification: signatureVerification('authentik', options),
    rules: {
      preset: 'authentik',
      algorithms: ['RS256', 'ES256', 'ES384', 'ES512'],
      types: ['jwt', 'at+jwt'],
      recipientProof: 'audience',
      readClaims(claims) {
        const refusal = firstRefusal(
          () =>
            claims['at_hash'] === undefined && claims['c_hash'] === undefined ? undefined : { reason: 'wrong_type' },
          () => checkAudience(claims, clientId),
          () => checkTexts(claims, ['sub', 'azp', 'uid']),
          () => (claims['azp'] === clientId ? undefined : { reason: 'wrong_client' }),
        );
        if (refusal !== undefined) return fail(refusal);
        return succeed({
          subject: claims['sub'] as string,
          clientId,
          scopes: scopesOf(claims['scope']),
          groups: stringsOf(claims['groups']),
          accessTokenId: textOf(claims['jti']) ?? (claims['uid'] as string),
        });
      },
    },
  };
}
