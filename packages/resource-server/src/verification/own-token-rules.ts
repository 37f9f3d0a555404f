import { fail, type JsonObject, type Result, succeed, type TenantId } from '@portcullis/protocol';
import type { AccessTokenFailure } from '../access-token.js';
import type { TokenContext, TokenFacts, TokenRules } from '../issuers/trusted-issuer.js';

/**
 * The rules of Portcullis' own authorization server, for a resource server in the same program: RFC 9068, with `tenant_id`
 * and, of tokens that belong to a grant, `grant_id`.
 *
 * @param tenantId - whose tokens these are; those of any other tenant are refused
 * @param algorithms - what the authorization server signs with
 */
export function createOwnTokenRules(tenantId: TenantId, algorithms: readonly string[]): TokenRules {
  return {
    preset: 'own',
    algorithms,
    types: ['at+jwt', 'application/at+jwt'],
    recipientProof: 'audience',
    readClaims: (claims, context) => readOwnClaims(claims, context, tenantId),
  };
}

function readOwnClaims(
  claims: JsonObject,
  { resource }: TokenContext,
  tenantId: TenantId,
): Result<TokenFacts, AccessTokenFailure> {
  const { aud, sub, client_id: clientId, jti, scope, grant_id: grantId } = claims;
  const audiences = typeof aud === 'string' ? [aud] : aud;
  const areTexts = Array.isArray(audiences) && audiences.every((entry) => typeof entry === 'string');
  if (!areTexts || !audiences.includes(resource)) return fail({ reason: 'wrong_audience' });
  if (claims['tenant_id'] !== tenantId) return fail({ reason: 'wrong_tenant' });
  for (const [claim, value] of Object.entries({ sub, client_id: clientId, jti })) {
    if (typeof value !== 'string' || value === '') return fail({ reason: 'claim_missing', claim });
  }
  return succeed({
    tenantId,
    subject: sub as string,
    clientId: clientId as string,
    // Only the space-delimited string of RFC 9068 §2.2.3 grants anything; an array or `scp` grants nothing here.
    scopes: typeof scope === 'string' && scope !== '' ? scope.split(' ') : [],
    accessTokenId: jti as string,
    grantId: typeof grantId === 'string' ? grantId : undefined,
  });
}
