import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, importJWK, type JWK, SignJWT } from 'jose';
import type { LoadRequest } from '../lib/benchmark.js';

/** What every benchmark of this folder asks for, and what its tokens are for. */
export const RESOURCE = 'https://mcp.example.com/mcp';
/** The scope that each token has. */
export const SCOPE = 'mcp:tools:read';
/** The answer of the route behind the guard. */
export const ANSWER = JSON.stringify({ ok: true });

/** How many distinct tokens the warm benchmark sends, over and over. */
const WARM_TOKENS = 1000;
const LIFETIME_SECONDS = 3600;

/** An authorization server that signs as many tokens as are asked for, and serves what verifiers need. */
export interface BenchIssuer {
  readonly issuer: string;
  readonly jwksUri: string;
  readonly algorithm: string;
  readonly publicKey: JWK;
  /** Requests with tokens: the same thousand in turn, or each with one of its own. */
  requests(count: number, tokens: 'repeated' | 'fresh'): Promise<readonly LoadRequest[]>;
  close(): Promise<void>;
}

/** Starts it on a port of its own, in the process of the target: it is asked once, before anything is measured. */
export async function startIssuer(algorithm: 'ES256' | 'RS256'): Promise<BenchIssuer> {
  const pair =
    algorithm === 'ES256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: 2048 });
  const publicKey: JWK = { ...(await exportJWK(pair.publicKey)), kid: 'bench', alg: algorithm, use: 'sig' };
  const key = await importJWK(pair.privateKey.export({ format: 'jwk' }) as JWK, algorithm);
  const server = createServer((request, response) => {
    const { port } = server.address() as AddressInfo;
    const issuer = `http://127.0.0.1:${port}`;
    const document = request.url === '/jwks' ? { keys: [publicKey] } : metadata(issuer);
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(document));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  async function sign(): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    return await new SignJWT({ client_id: 'bench-client', scope: SCOPE, jti: randomUUID() })
      .setProtectedHeader({ alg: algorithm, typ: 'at+jwt', kid: 'bench' })
      .setIssuer(issuer)
      .setSubject('usr_bench')
      .setAudience(RESOURCE)
      .setIssuedAt(now)
      .setExpirationTime(now + LIFETIME_SECONDS)
      .sign(key);
  }

  let warm: Promise<readonly string[]> | undefined;
  return {
    issuer,
    jwksUri: `${issuer}/jwks`,
    algorithm,
    publicKey,
    async requests(count, tokens) {
      if (tokens === 'fresh') return await Promise.all(Array.from({ length: count }, async () => ask(await sign())));
      warm ??= Promise.all(Array.from({ length: WARM_TOKENS }, sign));
      const known = await warm;
      return Array.from({ length: count }, (_, index) => ask(known[index % known.length] ?? ''));
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function metadata(issuer: string): object {
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
    response_types_supported: ['code'],
    code_challenge_methods_supported: ['S256'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['ES256', 'RS256'],
  };
}

function ask(token: string): LoadRequest {
  return {
    method: 'GET',
    path: '/mcp',
    headers: { host: 'mcp.example.com', authorization: `Bearer ${token}` },
    body: '',
  };
}
