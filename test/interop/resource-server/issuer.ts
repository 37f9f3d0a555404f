import { CompactSign, exportJWK, generateKeyPair, type JWK, type JWTHeaderParameters } from 'jose';
import { listenOnLoopback } from '../../support/loopback-host.js';

/** An issuer that has nothing but keys, on a loopback port, and signs whatever a test wants. */
export interface TestIssuer {
  readonly issuer: string;
  /** Every token that was signed here: none of them may turn up in a log or an answer. */
  readonly signed: readonly string[];
  /** Claims over those of a good token of `resource`; `undefined` takes one away. */
  sign(resource: string, claims?: Readonly<Record<string, unknown>>, header?: object): Promise<string>;
  close(): Promise<void>;
}

/** Starts it. */
export async function startTestIssuer(): Promise<TestIssuer> {
  const host = await listenOnLoopback();
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const jwk: JWK = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' };
  const issuer = host.origin;
  const metadata = JSON.stringify({
    issuer,
    jwks_uri: `${issuer}/jwks`,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    response_types_supported: ['code'],
  });
  host.serve((request, response) => {
    response.setHeader('content-type', 'application/json');
    if (request.url === '/jwks') response.end(JSON.stringify({ keys: [jwk] }));
    else if (request.url === '/.well-known/oauth-authorization-server') response.end(metadata);
    else response.writeHead(404).end('{}');
  });
  const signed: string[] = [];
  let count = 0;
  return {
    issuer,
    signed,
    async sign(resource, claims = {}, header = {}) {
      const now = Math.floor(Date.now() / 1000);
      count += 1;
      const all = {
        iss: issuer,
        sub: 'usr_alice',
        aud: resource,
        client_id: 'pub',
        jti: `j${count}`,
        iat: now,
        exp: now + 600,
        scope: 'files:read',
        ...claims,
      };
      const token = await new CompactSign(new TextEncoder().encode(JSON.stringify(all)))
        .setProtectedHeader({ alg: 'ES256', kid: 'k1', typ: 'at+jwt', ...header } as JWTHeaderParameters)
        .sign(privateKey);
      signed.push(token);
      return token;
    },
    close: host.close,
  };
}
