import { SIGNING_ALGORITHMS } from '@portcullis/ports';
import { fail, type Issuer, succeed, type TenantId } from '@portcullis/protocol';
import type { TokenRules, TrustedIssuer } from '../issuers/trusted-issuer.js';
import { ACCESS_TOKEN_TYPES, checkTenant, checkTexts, firstRefusal, textOf } from './claim-rules.js';
import { requireIssuer, requireOptions, requireText } from './preset-options.js';
import { readRfc9068Claims } from './rfc9068-claims.js';

/** What {@link portcullis} is made from. */
export interface PortcullisOptions {
  readonly issuer: Issuer;
  /** The tenant that the issuer is of; its tokens name it. @defaultValue any: the token says which */
  readonly tenantId?: TenantId;
}

/**
 * An issuer of Portcullis: the tokens of RFC 9068, with the tenant in `tenant_id` and the grant in `grant_id`, which
 * revocations are told by. A token may be bound to a key of its client (`cnf.jkt`).
 *
 * @throws {TypeError} when the issuer is not a URL that can be one, or the tenant is no text
 */
export function portcullis(options: PortcullisOptions): TrustedIssuer {
  requireOptions('portcullis', options);
  const { tenantId } = options;
  return {
    issuer: requireIssuer('portcullis', options.issuer),
    verification: { method: 'signature' },
    rules: createPortcullisRules(tenantId === undefined ? undefined : requireText('portcullis', 'tenantId', tenantId)),
  };
}

/**
 * The rules alone, for a resource server in the same program, which has the keys at hand.
 *
 * @param tenantId - whose tokens these are; undefined takes those of any tenant
 */
export function createPortcullisRules(tenantId: TenantId | undefined): TokenRules {
  const tenants = tenantId === undefined ? undefined : [tenantId];
  return {
    preset: 'portcullis',
    algorithms: SIGNING_ALGORITHMS,
    types: ACCESS_TOKEN_TYPES,
    recipientProof: 'audience',
    takesBoundTokens: true,
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
  };
}
