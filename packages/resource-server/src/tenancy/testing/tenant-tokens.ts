import { fail, type JsonObject, succeed } from '@portcullis/protocol';
import { CompactSign, generateKeyPair } from 'jose';
import type { TokenRules, TrustedIssuer } from '../../issuers/trusted-issuer.js';

/** A provider with one key, whose tokens name their tenant in `tenant_id` where they name one. */
export interface TestIssuer {
  readonly issuer: string;
  readonly trusted: TrustedIssuer;
  readonly publicKey: CryptoKey;
  sign(claims: JsonObject): Promise<string>;
}

const RULES: TokenRules = {
  preset: 'test',
  algorithms: ['ES256'],
  types: ['at+jwt'],
  recipientProof: 'audience',
  readClaims(claims, { resource }) {
    if (claims['aud'] !== resource) return fail({ reason: 'wrong_audience' });
    const tenantId = claims['tenant_id'] as string | undefined;
    const scopes = typeof claims['scope'] === 'string' ? claims['scope'].split(' ') : [];
    return succeed({ subject: String(claims['sub']), clientId: 'client', scopes, tenantId });
  },
};

/** All of them call their key `key-1`. */
export async function createTestIssuer(issuer: string): Promise<TestIssuer> {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  return {
    issuer,
    publicKey,
    trusted: { issuer, rules: RULES, verification: { method: 'signature' } },
    sign(claims) {
      const payload = new TextEncoder().encode(
        JSON.stringify({ iss: issuer, iat: 1_000, exp: 4_000_000_000, ...claims }),
      );
      return new CompactSign(payload)
        .setProtectedHeader({ alg: 'ES256', kid: 'key-1', typ: 'at+jwt' })
        .sign(privateKey);
    },
  };
}
