import { fail, type JsonObject, succeed } from '@portcullis/protocol';
import type { Verification } from '../access-token-verifier.js';
import type { TokenContext, TokenRules } from '../issuers/trusted-issuer.js';
import type { TokenTimes } from './token-times.js';

/** The part of the rules that reads claims. */
export type ReadingRules = Pick<TokenRules, 'readClaims' | 'recipientProof'>;

/**
 * Reads claims that were proven by the rules of their issuer, the recipient among them. Claims that rules cannot cope with
 * make the token malformed.
 */
export function applyRules(
  rules: ReadingRules,
  claims: JsonObject,
  context: TokenContext,
  times: TokenTimes,
): Verification {
  const facts = readFacts(rules, claims, context);
  if (!facts.ok) return facts;
  const { tenantId, subject, clientId, scopes, permissions, groups, accessTokenId, grantId, proofKey } = facts.value;
  const { recipientProof = rules.recipientProof } = facts.value;
  return succeed({
    tenantId,
    issuer: context.issuer,
    resource: context.resource,
    subject,
    clientId,
    scopes,
    permissions: permissions ?? [],
    groups,
    accessTokenId,
    grantId,
    proofKey,
    keyId: context.header?.keyId,
    issuedAtEpochSeconds: times.issuedAtEpochSeconds,
    expiresAtEpochSeconds: times.expiresAtEpochSeconds,
    recipientProof,
    claims,
  });
}

function readFacts(
  rules: ReadingRules,
  claims: JsonObject,
  context: TokenContext,
): ReturnType<TokenRules['readClaims']> {
  try {
    return rules.readClaims(claims, context);
  } catch {
    return fail({ reason: 'malformed' });
  }
}
