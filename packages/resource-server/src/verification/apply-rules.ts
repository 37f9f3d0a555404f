import { fail, type JsonObject, type Result, succeed } from '@portcullis/protocol';
import type { AccessTokenFailure } from '../access-token.js';
import type { Verification } from '../access-token-verifier.js';
import type { TokenContext, TokenFacts, TokenRules } from '../issuers/trusted-issuer.js';
import type { TokenTimes } from './token-times.js';

/** The part of the rules that reads claims. */
export type ReadingRules = Pick<TokenRules, 'readClaims' | 'recipientProof' | 'takesBoundTokens'>;

/**
 * Reads claims that were proven by the rules of their issuer, the recipient among them, and refuses as {@link readFacts}.
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

/**
 * What claims mean by the rules of their issuer. Claims that rules cannot cope with make the token malformed. One that is
 * bound (`cnf`, RFC 7800) is refused where the rules do not take such tokens, or name no key that could be proven: it would
 * be a bearer token otherwise.
 */
export function readFacts(
  rules: ReadingRules,
  claims: JsonObject,
  context: TokenContext,
): Result<TokenFacts, AccessTokenFailure> {
  let facts: Result<TokenFacts, AccessTokenFailure>;
  try {
    facts = rules.readClaims(claims, context);
  } catch {
    return fail({ reason: 'malformed' });
  }
  if (!facts.ok || claims['cnf'] === undefined) return facts;
  const canBeProven = rules.takesBoundTokens === true && facts.value.proofKey !== undefined;
  return canBeProven ? facts : fail({ reason: 'sender_constrained' });
}
