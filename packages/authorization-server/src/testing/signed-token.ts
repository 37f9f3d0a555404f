import { clientSubject } from '@portcullis/protocol';
import { signJwt } from '../keys/sign-jwt.js';
import { FILES, ISSUER } from './fixtures.js';
import type { TestServer } from './test-server.js';

/** What a token says instead of what {@link signToken} puts into it; undefined leaves a claim out. */
export type Claims = Readonly<Record<string, unknown>>;

/**
 * Signs a token with the stored key of the server, as nobody outside can: an access token that the client `pub` got in
 * its own name (RFC 6749 §4.4), unless `claims` or `header` say otherwise.
 */
export async function signToken(test: TestServer, claims: Claims = {}, header: Claims = {}): Promise<string> {
  const { tenantId } = test.options;
  const key = (await test.storage.signingKeys.list(tenantId)).at(-1);
  if (key === undefined) throw new Error('The server has no key');
  const signer = await test.ports.keyService.open(key.keyReference, key.algorithm, `access-token-signing:${tenantId}`);
  const { now } = test.clock;
  return signJwt(
    { alg: key.algorithm, typ: 'at+jwt', kid: key.keyId, ...header },
    {
      iss: ISSUER,
      sub: clientSubject('pub'),
      aud: FILES,
      client_id: 'pub',
      scope: 'files:read',
      tenant_id: tenantId,
      grant_id: 'grant-of-the-client',
      jti: 'token-of-the-client',
      iat: now,
      exp: now + 600,
      ...claims,
    },
    signer,
  );
}
