import { fail, type Issuer, succeed } from '@portcullis/protocol';
import type { TokenVerification, TrustedIssuer } from '../issuers/trusted-issuer.js';
import {
  checkAudience,
  checkNoIdToken,
  checkTenant,
  checkTexts,
  firstRefusal,
  LOOSE_TOKEN_TYPES,
  objectOf,
  scopesOf,
  textOf,
} from './claim-rules.js';
import { optionalTexts, requireIssuer, requireOptions, requireText } from './preset-options.js';

/** What {@link zitadel} is made from. */
export interface ZitadelOptions {
  /** The instance: `https://INSTANCE.zitadel.cloud`, or a domain of your own. */
  readonly issuer: Issuer;
  /** The project that the resource is in: Zitadel's audience is projects and clients, and never a URL. */
  readonly projectId: string;
  /**
   * By introspection, as an API application of the project, for opaque tokens and JWTs; by signature only where every
   * client was switched to JWTs, whose `scope` Zitadel leaves out by default.
   */
  readonly verification: TokenVerification;
  /** The organizations (of users) that may come in. @defaultValue all */
  readonly organizations?: readonly string[];
}

const ORGANIZATION_CLAIM = 'urn:zitadel:iam:user:resourceowner:id';

/**
 * An instance of Zitadel, with a project for the resource alone.
 *
 * The audience names the project, for which a client asks by a scope. Permissions are the roles of this project: of the
 * object `urn:zitadel:iam:org:project:ID:roles`, the members' names. The claim without the ID in it is not read, since it
 * is about the project of the client. The tenant is the organization of the user. A JWT is known as an access token by
 * `jti`, which ID tokens do not have, and has no claims of a sign-in.
 *
 * Source: zitadel.com/docs/apis/openidoauth/claims, …/scopes, and "Retrieve User Roles".
 *
 * @throws {TypeError} when the issuer has a path, the project is no ID, or it is not said how tokens are verified
 */
export function zitadel(options: ZitadelOptions): TrustedIssuer {
  requireOptions('zitadel', options);
  const projectId = requireText('zitadel', 'projectId', options.projectId, /^\d+$/, 'the ID of a project, a number');
  const organizations = optionalTexts('zitadel', 'organizations', options.organizations);
  const { verification } = options;
  if (verification?.method !== 'introspection' && verification?.method !== 'signature') {
    throw new TypeError(
      'zitadel: `verification` is missing: introspection with the ID and secret of an API application, or signature',
    );
  }
  if (verification.method === 'introspection') {
    requireText('zitadel', 'verification.clientId', verification.clientId);
    requireText('zitadel', 'verification.clientSecret', verification.clientSecret);
  }
  return {
    issuer: requireIssuer('zitadel', options.issuer, {
      provider: 'Zitadel',
      shape: /^https?:\/\/[^/]+\/?$/,
      example: 'https://INSTANCE.zitadel.cloud',
    }),
    verification,
    rules: {
      preset: 'zitadel',
      algorithms: ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512', 'EdDSA'],
      types: LOOSE_TOKEN_TYPES,
      recipientProof: 'audience',
      readClaims(claims, { header }) {
        const clientClaim = claims['client_id'] === undefined ? 'azp' : 'client_id';
        const refusal = firstRefusal(
          () => (header === undefined ? undefined : checkNoIdToken(claims)),
          () => (header !== undefined && claims['amr'] !== undefined ? { reason: 'wrong_type' } : undefined),
          () => checkAudience(claims, projectId),
          () => checkTexts(claims, ['sub', clientClaim, 'jti']),
          () => checkTenant(claims[ORGANIZATION_CLAIM], organizations),
        );
        if (refusal !== undefined) return fail(refusal);
        return succeed({
          subject: claims['sub'] as string,
          clientId: claims[clientClaim] as string,
          scopes: scopesOf(claims['scope']),
          permissions: Object.keys(objectOf(claims[`urn:zitadel:iam:org:project:${projectId}:roles`]) ?? {}).filter(
            (role) => role !== '',
          ),
          tenantId: textOf(claims[ORGANIZATION_CLAIM]),
          accessTokenId: claims['jti'] as string,
        });
      },
    },
  };
}
