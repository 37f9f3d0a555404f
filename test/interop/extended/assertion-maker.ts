import { text } from 'node:stream/consumers';
import { exportJWK, generateKeyPair, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import { listenOnLoopback } from '../../support/loopback-host.js';

/** Whoever vouches for people or programs, over real HTTP: its metadata and keys are where everybody looks for them. */
export interface AssertionMaker {
  readonly issuer: string;
  readonly tokenEndpoint: string;
  /** What it was asked to exchange, in its order. */
  readonly exchanges: readonly URLSearchParams[];
  /** Signs whatever it is given, good for five minutes where it has no `exp`, with `iss` and `iat` beside it. */
  sign(claims: JWTPayload, typ?: string): Promise<string>;
  close(): Promise<void>;
}

/** The client of the identity provider, and who it is at the authorization server. */
export const PROVIDER_CLIENT = { clientId: 'agent-at-the-provider', clientSecret: 'a-secret-of-the-provider-0000000' };
export const CLIENT_ID = 'agent';
/** A client of the identity provider that has no secret there. */
export const PUBLIC_PROVIDER_CLIENT_ID = 'public-agent-at-the-provider';

const ID_JAG = 'urn:ietf:params:oauth:token-type:id-jag';

/**
 * Starts one. Its token endpoint is that of an identity provider: it exchanges an ID token of its own for an ID-JAG (RFC
 * 8693; MCP extension Enterprise-Managed Authorization §4), made with `jose` and nothing of ours.
 */
export async function startAssertionMaker(): Promise<AssertionMaker> {
  const host = await listenOnLoopback();
  const issuer = host.origin;
  const { privateKey, publicKey } = await generateKeyPair('RS256');
  const exchanges: URLSearchParams[] = [];
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'maker', alg: 'RS256', use: 'sig' }] };
  const sign = (claims: JWTPayload, typ?: string): Promise<string> =>
    new SignJWT({ iss: issuer, ...claims })
      .setIssuedAt()
      .setExpirationTime(claims.exp ?? '5m')
      .setProtectedHeader({ alg: 'RS256', kid: 'maker', ...(typ === undefined ? {} : { typ }) })
      .sign(privateKey);

  async function exchange(form: URLSearchParams, authorization: string | undefined): Promise<object | undefined> {
    const basic = Buffer.from(authorization?.replace(/^Basic /, '') ?? '', 'base64').toString();
    const shown = authorization === undefined ? `${form.get('client_id')}:${form.get('client_secret')}` : basic;
    const isForIdJag = form.get('requested_token_type') === ID_JAG;
    const isPublic = shown === `${PUBLIC_PROVIDER_CLIENT_ID}:null`;
    const isKnown = isPublic || shown === `${PROVIDER_CLIENT.clientId}:${PROVIDER_CLIENT.clientSecret}`;
    if (!isKnown || !isForIdJag) return undefined;
    const { payload } = await jwtVerify(form.get('subject_token') ?? '', publicKey, {
      issuer,
      audience: isPublic ? PUBLIC_PROVIDER_CLIENT_ID : PROVIDER_CLIENT.clientId,
    });
    const { sub, email } = payload;
    const claims = {
      sub: String(sub),
      email,
      aud: form.get('audience') ?? '',
      resource: form.get('resource'),
      client_id: CLIENT_ID,
      scope: form.get('scope') ?? undefined,
      jti: crypto.randomUUID(),
    };
    const access_token = await sign(claims, 'oauth-id-jag+jwt');
    return { access_token, issued_token_type: ID_JAG, token_type: 'N_A', expires_in: 300 };
  }

  host.serve(async (request, response) => {
    const answer = (status: number, body: object): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    if (request.url === '/jwks') return answer(200, jwks);
    if (request.url === '/token') {
      const form = new URLSearchParams(await text(request));
      exchanges.push(form);
      const granted = await exchange(form, request.headers.authorization).catch(() => undefined);
      return granted === undefined ? answer(400, { error: 'invalid_request' }) : answer(200, granted);
    }
    const isMetadata = request.url?.startsWith('/.well-known/o') === true;
    if (!isMetadata) return answer(404, {});
    answer(200, {
      issuer,
      jwks_uri: `${issuer}/jwks`,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
    });
  });
  return { issuer, tokenEndpoint: `${issuer}/token`, exchanges, sign, close: host.close };
}
