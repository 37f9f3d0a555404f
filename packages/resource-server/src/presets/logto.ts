import { fail, type Issuer, succeed } from '@portcullis/protocol';
import type { TrustedIssuer } from '../issuers/trusted-issuer.js';
import { ACCESS_TOKEN_TYPES, checkTenant, firstRefusal, textOf } from './claim-rules.js';
import {
  type KeyLocation,
  optionalTexts,
  requireIssuer,
  requireOptions,
  signatureVerification,
} from './preset-options.js';
import { readRfc9068Claims } from './rfc9068-claims.js';

/** What {@link logto} is made from. */
export interface LogtoOptions extends KeyLocation {
  /** `https://TENANT.logto.app/oidc`, or `/oidc` at a domain of your own. */
  readonly issuer: Issuer;
  /** The organizations (`organization_id`) that may come in. @defaultValue all, and tokens without one */
  readonly organizations?: readonly string[];
}

/**
 * A tenant of Logto, with the URL of the resource as an API resource.
 *
 * The claims of RFC 9068, signed with ES384, or RS256 where the signing key was changed to RSA. A token for an
 * organization alone has the audience `urn:logto:organization:ID`: it is for every API of that organization, names none,
 * and is refused. One for the resource within an organization has the resource as its audience and `organization_id`,
 * which is the tenant.
 *
 * Source: docs.logto.io, "Validate access tokens" and "Protect organization-level API resources"; Logto's tokens are
 * those of `oidc-provider`, whose JWTs say at+jwt.
 *
 * @throws {TypeError} when the issuer does not end in `/oidc`, the list of organizations is empty, or `jwksUri` is
 * no https URL
 */
export function logto(options: LogtoOptions): TrustedIssuer {
  requireOptions('logto', options);
  const organizations = optionalTexts('logto', 'organizations', options.organizations);
  return {
    issuer: requireIssuer('logto', options.issuer, {
      provider: 'Logto',
      shape: /\/oidc$/,
      example: 'https://TENANT.logto.app/oidc',
    }),
    verification: signatureVerification('logto', options),
    rules: {
      preset: 'logto',
      algorithms: ['ES384', 'RS256'],
      types: ACCESS_TOKEN_TYPES,
      recipientProof: 'audience',
      readClaims(claims, context) {
        const facts = readRfc9068Claims(claims, context);
        if (!facts.ok) return facts;
        const refusal = firstRefusal(() => checkTenant(claims['organization_id'], organizations));
        if (refusal !== undefined) return fail(refusal);
        return succeed({ ...facts.value, tenantId: textOf(claims['organization_id']) });
      },
    },
  };
}
