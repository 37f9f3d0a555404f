import type { VerifiedAccessToken } from '../access-token.js';

/** A token that is good for `resource` at any time: what a verifier of a test answers. */
export function verifiedToken(over: Partial<VerifiedAccessToken> = {}): VerifiedAccessToken {
  return {
    tenantId: undefined,
    issuer: 'https://as.test',
    resource: 'https://gw.test/mcp',
    subject: 'usr_alice',
    clientId: 'pub',
    scopes: [],
    permissions: [],
    groups: undefined,
    accessTokenId: undefined,
    grantId: undefined,
    proofKey: undefined,
    keyId: undefined,
    issuedAtEpochSeconds: 0,
    expiresAtEpochSeconds: 9_999_999_999,
    recipientProof: 'audience',
    claims: {},
    ...over,
  };
}
