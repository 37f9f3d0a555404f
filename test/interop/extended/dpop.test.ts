import { randomBytes } from 'node:crypto';
import * as oauth from 'oauth4webapi';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { connectSdkV1, connectSdkV2, type FetchClient } from '../../support/fetch-clients.js';
import { authorizeByForms, FormBrowser } from '../../support/form-browser.js';
import { type FormsOpener, startFormsOpener } from '../../support/forms-opener.js';
import { ALICE, type OwnServer, startOwnServer } from '../../support/own-server.js';
import { CHANGE, guardDpop, READ } from '../../support/token-guards.js';
import { type JudgingServer, startOurs } from '../client/judging-server.js';
import { startClientProgram } from '../client/program.js';
import { CLIENTS, type ClientKind, FILES, OWN_CLIENTS, OWN_RESOURCES, SECRET } from '../clients.js';

// Keys that tokens are bound to (RFC 9449), as a certified client library that is not ours makes its proofs, and then as our
// own client does, for which `oidc-provider` vouches elsewhere.

const INSECURE = { [oauth.allowInsecureRequests]: true };
const NONCES = { requireNonce: true, nonceSecret: new Uint8Array(randomBytes(32)) };

/** A client with a key. */
interface Holder {
  readonly kind: ClientKind;
  readonly client: oauth.Client;
  readonly proof: oauth.ClientAuth;
  readonly handle: oauth.DPoPHandle;
}

async function createHolder(kind: ClientKind, algorithm = 'ES256'): Promise<Holder> {
  const client: oauth.Client = { client_id: kind.clientId ?? '' };
  const proof = kind.method === 'none' ? oauth.None() : oauth.ClientSecretBasic(SECRET);
  return { kind, client, proof, handle: await newHandle(client, algorithm) };
}

const newHandle = async (client: oauth.Client, algorithm = 'ES256'): Promise<oauth.DPoPHandle> =>
  oauth.DPoP(client, await oauth.generateKeyPair(algorithm));

describe.each([
  ['without nonces', {}],
  ['with nonces', { dpop: NONCES }],
])('oauth4webapi at our server %s', (_name, options) => {
  let server: OwnServer;
  let as: oauth.AuthorizationServer;
  const needsNonce = 'dpop' in options;

  beforeAll(async () => {
    server = await startOwnServer({ resources: OWN_RESOURCES, configuredClients: OWN_CLIENTS, ...options });
    const issuer = new URL(server.origin);
    const discovered = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...INSECURE });
    as = await oauth.processDiscoveryResponse(issuer, discovered);
  });

  afterAll(() => server?.close());

  /** As the library says to do it: where the nonce was missing, the request is made once more, and no further. */
  async function retried<Answer>(work: () => Promise<Answer>): Promise<Answer> {
    try {
      return await work();
    } catch (error) {
      if (!oauth.isDPoPNonceError(error)) throw error;
      return work();
    }
  }

  async function obtain(holder: Holder, isCodeBound = true): Promise<oauth.TokenEndpointResponse> {
    const { client, kind, proof, handle } = holder;
    const verifier = oauth.generateRandomCodeVerifier();
    const state = oauth.generateRandomState();
    const url = new URL(as.authorization_endpoint ?? '');
    url.search = new URLSearchParams({
      client_id: client.client_id,
      redirect_uri: kind.redirectUri,
      response_type: 'code',
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      resource: FILES,
      scope: 'files:read files:write',
      state,
      ...(isCodeBound ? { dpop_jkt: await handle.calculateThumbprint() } : {}),
    }).toString();
    const location = await authorizeByForms(new FormBrowser(server.origin), url, ALICE);
    const parameters = oauth.validateAuthResponse(as, client, location, state);
    const requestOptions = { ...INSECURE, DPoP: handle, additionalParameters: { resource: FILES } };
    const redeem = async (): Promise<oauth.TokenEndpointResponse> =>
      oauth.processAuthorizationCodeResponse(
        as,
        client,
        await oauth.authorizationCodeGrantRequest(
          as,
          client,
          proof,
          parameters,
          kind.redirectUri,
          verifier,
          requestOptions,
        ),
      );
    if (needsNonce) await expect(redeem()).rejects.toMatchObject({ error: 'use_dpop_nonce', status: 400 });
    return redeem();
  }

  async function refresh({ client, proof }: Holder, refreshToken: string | undefined, handle?: oauth.DPoPHandle) {
    const requestOptions = { ...INSECURE, ...(handle === undefined ? {} : { DPoP: handle }) };
    return oauth.processRefreshTokenResponse(
      as,
      client,
      await oauth.refreshTokenGrantRequest(as, client, proof, refreshToken ?? '', requestOptions),
    );
  }

  /** What a resource server that relies on the library makes of the access token and a proof of `handle`. */
  async function claimsOf(accessToken: string, handle: oauth.DPoPHandle): Promise<oauth.JWTAccessTokenClaims> {
    let claims: oauth.JWTAccessTokenClaims | undefined;
    await oauth.protectedResourceRequest(accessToken, 'GET', new URL(FILES), undefined, undefined, {
      DPoP: handle,
      [oauth.customFetch]: async (url, { method, headers }) => {
        const presented = new Request(url, { method, headers });
        claims = await oauth.validateJwtAccessToken(as, presented, FILES, { ...INSECURE, requireDPoP: true });
        return new Response();
      },
    });
    if (claims === undefined) throw new Error('Nothing was presented');
    return claims;
  }

  it.each([
    ['public', 'ES256'],
    ['native', 'Ed25519'],
    ['basic', 'ES256'],
  ] as const)('PD-05 authorization_code and refresh_token as the %s client, with a key of %s', async (name, alg) => {
    const kind = CLIENTS[name];
    const holder = await createHolder(kind, alg);
    const jkt = await holder.handle.calculateThumbprint();
    const first = await obtain(holder);
    const second = await refresh(holder, first.refresh_token, holder.handle);
    for (const tokens of [first, second]) {
      expect(tokens.token_type).toBe('dpop');
      const claims = await claimsOf(tokens.access_token, holder.handle);
      expect(claims).toMatchObject({ iss: server.origin, client_id: kind.clientId, cnf: { jkt } });
    }
  });

  it('PD-02 is refused with another key, for the code and for the refresh token of a public client', async () => {
    const holder = await createHolder(CLIENTS.public);
    const tokens = await obtain(holder);
    const other = await newHandle(holder.client);
    await expect(retried(() => refresh(holder, tokens.refresh_token, other))).rejects.toMatchObject({
      error: 'invalid_grant',
    });
    await expect(refresh(holder, tokens.refresh_token)).rejects.toMatchObject({ error: 'invalid_grant' });
    await expect(claimsOf(tokens.access_token, other)).rejects.toThrow();
    await refresh(holder, tokens.refresh_token, holder.handle);
  });

  it('lets a client with a secret go on with another key', async () => {
    const holder = await createHolder(CLIENTS.basic);
    const tokens = await obtain(holder, false);
    const other = await newHandle(holder.client);
    const second = await retried(() => refresh(holder, tokens.refresh_token, other));
    await claimsOf(second.access_token, other);
  });

  it('client_credentials brings an access token that is bound', async () => {
    const holder = await createHolder(CLIENTS.machine);
    const parameters = { resource: FILES, scope: 'files:read' };
    const tokens = await retried(async () =>
      oauth.processClientCredentialsResponse(
        as,
        holder.client,
        await oauth.clientCredentialsGrantRequest(as, holder.client, holder.proof, parameters, {
          ...INSECURE,
          DPoP: holder.handle,
        }),
      ),
    );
    expect(await claimsOf(tokens.access_token, holder.handle)).toMatchObject({ client_id: holder.client.client_id });
  });

  it('registers itself as one whose access tokens are bound, and gets no other', async () => {
    const metadata = {
      client_name: 'oauth4webapi',
      redirect_uris: [CLIENTS.public.redirectUri],
      token_endpoint_auth_method: 'none',
      dpop_bound_access_tokens: true,
    };
    const registered = await oauth.processDynamicClientRegistrationResponse(
      await oauth.dynamicClientRegistrationRequest(as, metadata, INSECURE),
    );
    expect(registered['dpop_bound_access_tokens']).toBe(true);
    const holder = { ...(await createHolder(CLIENTS.public)), client: registered };
    const tokens = await obtain(holder);
    await expect(refresh(holder, tokens.refresh_token)).rejects.toMatchObject({ error: 'invalid_dpop_proof' });
    await refresh(holder, tokens.refresh_token, holder.handle);
  });
});

describe('our client at our server', () => {
  let judge: JudgingServer;
  let opener: FormsOpener;
  let mcp: FetchClient | undefined;

  beforeAll(async () => {
    judge = await startOurs([], { guard: guardDpop, options: { dpop: NONCES } });
    opener = await startFormsOpener(judge.origin, ALICE);
  });

  afterEach(async () => {
    await mcp?.close();
    mcp = undefined;
    expect(opener.failures).toEqual([]);
    expect(judge.faults()).toEqual([]);
  });

  afterAll(async () => {
    await opener?.close();
    await judge?.close();
  });

  it.each([
    ['SDK v1', connectSdkV1],
    ['SDK v2', connectSdkV2],
  ])('PD-05 fetches, proves at each call of %s and renews, with the nonces of both servers', async (_sdk, connect) => {
    const program = startClientProgram(judge.url, opener);
    mcp = await connect(judge.url, program.fetch);
    const who = async (): Promise<unknown> => JSON.parse((await mcp?.callTool('who')) ?? '');
    const first = await program.tokens();
    expect(first.tokenType).toBe('DPoP');
    expect(opener.opened.at(-1)?.searchParams.get('dpop_jkt')).toMatch(/^[\w-]{43}$/);
    const owner = { clientId: first.clientId, scopes: [READ, CHANGE] };
    expect(await who()).toEqual(owner);
    program.goAhead(590);
    expect(await who()).toEqual(owner);
    const second = await program.tokens();
    expect(second.accessToken).not.toBe(first.accessToken);
    expect(program.events.filter((type) => type === 'refreshed')).toHaveLength(1);
    expect(program.events.filter((type) => type === 'signed_in')).toHaveLength(1);
  });
});
