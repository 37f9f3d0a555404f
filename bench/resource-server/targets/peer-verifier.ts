import { createRemoteJWKSet, type JWTPayload, jwtVerify } from 'jose';
import { type BenchIssuer, RESOURCE } from '../issuer.js';

/** What the authors of servers write where the SDK asks for `verifyAccessToken`: `jose`, keys fetched once, all checks on. */
export function createJoseVerifier({
  issuer,
  jwksUri,
  algorithm,
}: BenchIssuer): (token: string) => Promise<JWTPayload> {
  const keys = createRemoteJWKSet(new URL(jwksUri));
  const options = {
    issuer,
    audience: RESOURCE,
    typ: 'at+jwt',
    algorithms: [algorithm],
    requiredClaims: ['sub', 'client_id', 'jti', 'iat', 'exp'],
  };
  return async (token) => (await jwtVerify(token, keys, options)).payload;
}

/** The `AuthInfo` of either SDK, from claims. */
export function authInfoOf(token: string, claims: JWTPayload) {
  return {
    token,
    issuer: String(claims.iss),
    clientId: String(claims['client_id']),
    scopes: String(claims['scope'] ?? '').split(' '),
    expiresAt: claims.exp ?? 0,
    resource: new URL(RESOURCE),
    extra: { subject: claims.sub },
  };
}
