import { fail, type Issuer, succeed } from '@portcullis/protocol';
import type { TrustedIssuer } from '../issuers/trusted-issuer.js';
import {
  audiencesOf,
  checkNoIdToken,
  checkTenant,
  firstRefusal,
  LOOSE_TOKEN_TYPES,
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
import { readRfc9068Claims } from './rfc9068-claims.js';

/** What {@link workos} is made from. */
export interface WorkosOptions extends KeyLocation {
  /** The AuthKit domain, `https://NAME.authkit.app`, or one of your own. */
  readonly issuer: Issuer;
  /** The organizations (`org_id`) that may come in. @defaultValue all, and tokens without one */
  readonly organizations?: readonly string[];
}

/**
 * An environment of WorkOS AuthKit, with the URL of the resource registered as a resource indicator.
 *
 * The claims of RFC 9068, signed with RS256. The audience is the resource alone: where the client sent no `resource`, and
 * for programs always, it is the client ID of the environment, which proves nothing and is refused. `org_id` is the
 * tenant. `permissions` are read where a JWT template put them there.
 *
 * Source: workos.com/docs/authkit/connect/token-claims.
 *
 * @throws {TypeError} when the issuer has a path, the list of organizations is empty, or `jwksUri` is no https URL
 */
export function workos(options: WorkosOptions): TrustedIssuer {
  requireOptions('workos', options);
  const organizations = optionalTexts('workos', 'organizations', options.organizations);
  return {
    issuer: requireIssuer('workos', options.issuer, {
      provider: 'WorkOS',
      shape: /^https:\/\/[^/]+\/?$/,
      example: 'https://NAME.authkit.app',
    }),
    verification: signatureVerification('workos', options),
    rules: {
      preset: 'workos',
      algorithms: ['RS256'],
      types: LOOSE_TOKEN_TYPES,
      recipientProof: 'audience',
      readClaims(claims, context) {
        const refusal = firstRefusal(
          () => checkNoIdToken(claims),
          () => (audiencesOf(claims).length === 1 ? undefined : { reason: 'wrong_audience' }),
          () => checkTenant(claims['org_id'], organizations),
        );
        if (refusal !== undefined) return fail(refusal);
        const facts = readRfc9068Claims(claims, context);
        if (!facts.ok) return facts;
        return succeed({
          ...facts.value,
          permissions: stringsOf(claims['permissions']) ?? [],
          tenantId: textOf(claims['org_id']),
        });
      },
    },
  };
}
