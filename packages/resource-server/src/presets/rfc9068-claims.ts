import { fail, type JsonObject, type Result, succeed } from '@portcullis/protocol';
import type { AccessTokenFailure } from '../access-token.js';
import type { TokenContext, TokenFacts } from '../issuers/trusted-issuer.js';
import {
  checkAudience,
  checkConfirmation,
  checkTexts,
  firstRefusal,
  proofKeyOf,
  scopesOf,
  stringsOf,
  textOf,
} from './claim-rules.js';

/**
 * The meaning of claims by RFC 9068 §2.2, and of a key that the token is bound to by RFC 9449 §6.1, for presets that add to it.
 */
export function readRfc9068Claims(
  claims: JsonObject,
  { resource, header }: TokenContext,
): Result<TokenFacts, AccessTokenFailure> {
  const refusal = firstRefusal(
    () => checkAudience(claims, resource),
    () => checkConfirmation(claims),
    () => checkTexts(claims, ['sub', 'client_id']),
    // What an introspection endpoint answers need not have one (RFC 7662 §2.2).
    () => (header === undefined && claims['jti'] === undefined ? undefined : checkTexts(claims, ['jti'])),
  );
  if (refusal !== undefined) return fail(refusal);
  return succeed({
    subject: claims['sub'] as string,
    clientId: claims['client_id'] as string,
    scopes: scopesOf(claims['scope']),
    permissions: stringsOf(claims['roles']) ?? [],
    groups: stringsOf(claims['groups']),
    accessTokenId: textOf(claims['jti']),
    proofKey: proofKeyOf(claims),
  });
}
