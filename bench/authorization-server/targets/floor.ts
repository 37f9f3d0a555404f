import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { importJWK, type JWK, SignJWT } from 'jose';
import type { TargetModule } from '../../lib/target-module.js';
import {
  clientCredentialsRequest,
  PUBLIC,
  prepareEach,
  RESOURCE,
  redemptionRequest,
  refreshRequest,
  SCOPES,
  SUBJECT,
} from '../workload.js';

/**
 * The floor: what no token endpoint does without. One request is read, its form parsed, one access token signed with
 * ES256 by `jose`, its key imported once, and an answer of the usual shape sent. Nothing is checked and nothing stored.
 */
export const createTarget: TargetModule['createTarget'] = async ({ origin, benchmark }) => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key = await importJWK(privateKey.export({ format: 'jwk' }) as JWK, 'ES256');

  async function answer(body: string): Promise<string> {
    const form = new URLSearchParams(body);
    const grantType = form.get('grant_type');
    const now = Math.floor(Date.now() / 1000);
    const accessToken = await new SignJWT({
      client_id: form.get('client_id') ?? PUBLIC.clientId,
      scope: SCOPES.join(' '),
      tenant_id: 'default',
      jti: randomBytes(16).toString('base64url'),
    })
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'floor' })
      .setIssuer(origin)
      .setSubject(SUBJECT)
      .setAudience(RESOURCE)
      .setIssuedAt(now)
      .setExpirationTime(now + 600)
      .sign(key);
    return JSON.stringify({
      access_token: accessToken,
      token_type: 'Bearer',
      expires_in: 600,
      scope: SCOPES.join(' '),
      ...(grantType === 'client_credentials' ? {} : { refresh_token: randomBytes(32).toString('base64url') }),
    });
  }

  const listener: RequestListener = (request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => {
      answer(body).then(
        (json) =>
          response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' }).end(json),
        () => response.writeHead(500).end(),
      );
    });
  };
  const anySecret = (): string => randomBytes(32).toString('base64url');
  return {
    listener,
    prepare: (count) =>
      prepareEach(count, () => {
        switch (benchmark) {
          case 'client_credentials':
            return clientCredentialsRequest();
          case 'refresh_token':
            return refreshRequest(anySecret());
          default:
            return redemptionRequest(anySecret());
        }
      }),
  };
};
