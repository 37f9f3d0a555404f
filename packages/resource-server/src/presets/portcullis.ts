import { fail, type Issuer, succeed, type TenantId } from '@portcullis/protocol';
import type { TrustedIssuer } from '../issuers/trusted-issuer.js';
import { ACCESS_TOKEN_TYPES, checkTenant, checkTexts, firstRefusal, textOf } from './claim-rules.js';
import { requireIssuer, requireText } from './preset-options.js';
import { readRfc9068Claims } from './rfc9068-claims.js';

/** What {@link portcullis} is made from. */
export interface PortcullisOptions {
  readonly issuer: Issuer;
  /** The tenant that the issuer is of; its tokens name it. @defaultValue any: the token says which */
  readonly tenantId?: TenantId;
}

/**
 * An issuer of Portcullis: the tokens of RFC 9068, with the tenant in `tenant_id` and the grant in `grant_id`, which
 * revocations are told by. Signed with ES256.
 *
 * @throws {TypeError} when the issuer is not a URL that can be one, or the tenant is no text
 */
export function portcullis(options: PortcullisOptions): TrustedIssuer {
  const { tenantId } = options;
  const tenants = tenantId === undefined ? undefined : [requireText('portcullis', 'tenantId', tenantId)];
  return {
    issuer: requireIssuer('portcullis', options.issuer),
    verification: { method: 'signature' },
    rules: {
      preset: 'portcullis',
      algorithms: ['ES256'],
      types: ACCESS_TOKEN_TYPES,
      recipientProof: 'audience',
      readClaims(claims, context) {
        const facts = readRfc9068Claims(claims, context);
        if (!facts.ok) return facts;
        const refusal = firstRefusal(
          () => checkTexts(claims, ['tenant_id']),
          () => checkTenant(claims['tenant_id'], tenants),
        );
        if (refusal !== undefined) return fail(refusal);
        return succeed({
          ...facts.value,
          tenantId: claims['tenant_id'] as string,
          grantId: textOf(claims['grant_id']),
        });
      },
    },
  };
}
