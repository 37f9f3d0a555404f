import { createHash, randomUUID } from 'node:crypto';
import { InvalidTokenError } from '@modelcontextprotocol/sdk/server/auth/errors.js';
import { requireBearerAuth } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js';
import type { OAuthTokenVerifier } from '@modelcontextprotocol/sdk/server/auth/provider.js';
import { getOAuthProtectedResourceMetadataUrl } from '@modelcontextprotocol/sdk/server/auth/router.js';
import type { AuthInfo } from '@modelcontextprotocol/sdk/server/auth/types.js';
import type { RequestHandler } from 'express';
import { calculateJwkThumbprint, createRemoteJWKSet, EmbeddedJWK, type JWK, jwtVerify } from 'jose';
import { calledTool } from './protected-mcp-server.js';

/** What the endpoint wants for each of its tools, and for all else. */
export const READ = 'notes:read';
export const CHANGE = 'notes:change';

/** Takes the JWTs of one issuer for one resource (RFC 9068). Their scopes and client are as they say. */
export function createJwtVerifier(issuer: string, jwksUri: string, resource: string): OAuthTokenVerifier {
  const keys = createRemoteJWKSet(new URL(jwksUri));
  return {
    async verifyAccessToken(token) {
      const verified = await jwtVerify(token, keys, { issuer, audience: resource, typ: 'at+jwt' }).catch(
        () => undefined,
      );
      if (verified === undefined) throw new InvalidTokenError('The token is none of ours');
      const { client_id: clientId, scope, exp, sub, cnf } = verified.payload;
      return {
        token,
        clientId: String(clientId),
        scopes: typeof scope === 'string' ? scope.split(' ') : [],
        resource: new URL(resource),
        ...(exp === undefined ? {} : { expiresAt: exp }),
        extra: { sub, cnf },
      };
    },
  };
}

/** The SDK's own guard: bearer tokens for this resource, with {@link CHANGE} to call `change` and {@link READ} for the rest. */
export function guardBearer(url: string, verifier: OAuthTokenVerifier): RequestHandler {
  const guardWith = (scope: string): RequestHandler =>
    requireBearerAuth({
      verifier,
      requiredScopes: [scope],
      resourceMetadataUrl: getOAuthProtectedResourceMetadataUrl(new URL(url)),
      expectedResource: new URL(url),
    });
  const [read, change] = [guardWith(READ), guardWith(CHANGE)];
  return (request, response, next) => (calledTool(request) === 'change' ? change : read)(request, response, next);
}

/**
 * Takes tokens that are bound to a key alone, each request with a proof of its own that is for it (RFC 9449 §4.3, §7.1),
 * with the nonce that this guard gives out (§9).
 */
export function guardDpop(url: string, verifier: OAuthTokenVerifier): RequestHandler {
  const nonce = randomUUID();
  const used = new Set<string>();
  const metadata = `resource_metadata="${getOAuthProtectedResourceMetadataUrl(new URL(url))}"`;
  return async (request, response, next) => {
    const refuse = (error: string): void => {
      response
        .writeHead(401, { 'dpop-nonce': nonce, 'www-authenticate': `DPoP algs="ES256"${error}, ${metadata}` })
        .end();
    };
    const [scheme, token = ''] = (request.headers.authorization ?? '').split(' ');
    if (scheme !== 'DPoP') return refuse('');
    try {
      const info = await verifier.verifyAccessToken(token);
      const { payload, protectedHeader } = await jwtVerify(String(request.headers['dpop']), EmbeddedJWK, {
        typ: 'dpop+jwt',
        algorithms: ['ES256'],
        maxTokenAge: 60,
        requiredClaims: ['jti'],
      });
      if (payload['nonce'] !== nonce) return refuse(', error="use_dpop_nonce"');
      const { cnf } = info.extra as { cnf?: { jkt?: string } };
      const isForThis =
        payload['htm'] === request.method &&
        payload['htu'] === url &&
        payload['ath'] === createHash('sha256').update(token).digest('base64url') &&
        cnf?.jkt === (await calculateJwkThumbprint(protectedHeader.jwk as JWK)) &&
        !used.has(String(payload.jti));
      if (!isForThis) return refuse(', error="invalid_dpop_proof"');
      used.add(String(payload.jti));
      request.auth = info satisfies AuthInfo;
      return next();
    } catch {
      return refuse(', error="invalid_token"');
    }
  };
}
