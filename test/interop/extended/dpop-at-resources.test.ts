import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { clientCredentials } from '@portcullis/client';
import type { AuditEvent } from '@portcullis/ports';
import { type Caller, protectResource, rfc9068 } from '@portcullis/resource-server';
import { nodeGuard } from '@portcullis/resource-server/node';
import * as oauth from 'oauth4webapi';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectSdkV1, connectSdkV2 } from '../../support/fetch-clients.js';
import { type LoopbackHost, listenOnLoopback } from '../../support/loopback-host.js';
import { type Oracle, startOracle } from '../../support/oracle.js';
import { startClientProgram } from '../client/program.js';
import { toolCall } from '../resource-server/exchange.js';
import { createMcpBehind } from '../resource-server/guarded-server.js';

// A resource that takes nothing but bound tokens and asks for nonces, with the tokens of a certified server that others
// wrote, which asks for nonces of its own: our client finds its way, and so does a certified library.

const SECRET = 'a secret of this test, of 32 bytes and more';
const SCOPE = 'files:read';
const INSECURE = { [oauth.allowInsecureRequests]: true };

/** The server, and a guard that verifies its tokens so. */
async function start(accessTokenFormat: 'jwt' | 'opaque') {
  const host: LoopbackHost = await listenOnLoopback();
  const url = `${host.origin}/mcp`;
  const machine = {
    redirect_uris: [],
    response_types: [],
    client_secret: SECRET,
    token_endpoint_auth_method: 'client_secret_basic',
  };
  const oracle: Oracle = await startOracle({
    clients: [
      { ...machine, client_id: 'batch', grant_types: ['client_credentials'] },
      { ...machine, client_id: 'rs', grant_types: ['client_credentials'] },
    ],
    resources: { [url]: [SCOPE] },
    introspectors: { rs: url },
    signingKey: {
      ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }),
      kid: 'k1',
      alg: 'ES256',
      use: 'sig',
    },
    defaultScope: SCOPE,
    accessTokenFormat,
    features: { dPoP: { enabled: true, nonceSecret: randomBytes(32), requireNonce: () => true } },
  });
  const verification = { method: 'introspection', clientId: 'rs', clientSecret: SECRET } as const;
  const { rules, ...issuer } = rfc9068({
    issuer: oracle.origin,
    ...(accessTokenFormat === 'opaque' ? { verification } : {}),
  });
  const events: AuditEvent[] = [];
  const resource = protectResource({
    resource: url,
    // What this server answers of a machine's token has no `sub` (RFC 7662 §2.2), and it is its client's.
    authorizationServers: [
      {
        ...issuer,
        rules: {
          ...rules,
          readClaims: (claims, context) =>
            rules.readClaims({ ...claims, sub: claims['sub'] ?? claims['client_id'] ?? null }, context),
        },
      },
    ],
    requiredScopes: [SCOPE],
    dpop: { required: true, requireNonce: true },
    audit: { record: (event) => void events.push(event) },
  });
  const mcp = createMcpBehind();
  const callers: Caller[] = [];
  const handle = toNodeHandler(mcp.handler);
  host.serve(
    nodeGuard(resource).wrap(
      (request, response, { caller, body }) => {
        callers.push(caller);
        return handle(request as never, response, body);
      },
      async (_, response) => void response.writeHead(404).end(),
    ),
  );
  const close = (): Promise<unknown> => Promise.all([host.close(), oracle.close()]);
  return { url, oracle, events, callers, mcp, close };
}

type Started = Awaited<ReturnType<typeof start>>;

describe.each(['jwt', 'opaque'] as const)(
  'a resource that requires DPoP, with %s tokens of oidc-provider',
  (format) => {
    let server: Started;
    beforeAll(async () => {
      server = await start(format);
    });
    afterAll(() => server?.close());

    it.each([
      ['SDK v1', connectSdkV1],
      ['SDK v2', connectSdkV2],
    ])('PD-05 lets our client in through %s, which is told of it all by the resource', async (_, connect) => {
      const { url, oracle, events, callers } = server;
      events.length = 0;
      callers.length = 0;
      const program = startClientProgram(url, undefined, {
        grant: clientCredentials(),
        client: { preRegistered: { clientId: 'batch', issuer: oracle.origin, clientSecret: SECRET } },
      });
      const client = await connect(url, program.fetch);
      try {
        expect(await client.callTool('read_file')).toContain('"clientId":"batch"');
      } finally {
        await client.close();
      }
      expect((await program.tokens()).tokenType).toBe('DPoP');
      const keys = new Set(callers.map(({ proofKey }) => proofKey));
      expect([keys.size, keys.has(undefined)]).toEqual([1, false]);
      const reasons = events.map(({ reason }) => reason);
      // It came without a token first, and with a nonce of another server or none once: everything else got in.
      expect(reasons.filter((reason) => reason === 'missing')).toHaveLength(1);
      expect(reasons.slice(1).every((reason) => /^dpop_nonce_(missing|stale)$/.test(reason ?? ''))).toBe(true);
      expect(reasons.length).toBeLessThan(4);
      expect(oracle.faults).toEqual([]);
    });

    it('PD-04 PD-03 lets a certified library in, and refuses what it does wrong in words that it reads', async () => {
      const { url, oracle, mcp } = server;
      const issuer = new URL(oracle.origin);
      const discovery = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...INSECURE });
      const as = await oauth.processDiscoveryResponse(issuer, discovery);
      const metadata = await oauth.processResourceDiscoveryResponse(
        new URL(url),
        await oauth.resourceDiscoveryRequest(new URL(url), INSECURE),
      );
      expect(metadata).toMatchObject({
        dpop_signing_alg_values_supported: ['ES256', 'RS256', 'PS256', 'EdDSA', 'Ed25519'],
        dpop_bound_access_tokens_required: true,
      });
      const client = { client_id: 'batch' };
      const DPoP = oauth.DPoP({}, await oauth.generateKeyPair('ES256'));
      const parameters = new URLSearchParams({ resource: url, scope: SCOPE });
      const authentication = oauth.ClientSecretBasic(SECRET);
      const ask = async (): Promise<oauth.TokenEndpointResponse> =>
        oauth.processClientCredentialsResponse(
          as,
          client,
          await oauth.clientCredentialsGrantRequest(as, client, authentication, parameters, { DPoP, ...INSECURE }),
        );
      const tokens = await ask().catch((error: unknown) => {
        if (oauth.isDPoPNonceError(error)) return ask();
        throw error;
      });
      expect(tokens.token_type).toBe('dpop');

      const { headers = [], body } = toolCall('read_file', undefined);
      const call = (options: object): Promise<Response> =>
        oauth.protectedResourceRequest(
          tokens.access_token,
          'POST',
          new URL(url),
          new Headers(headers.map(([name, value]): [string, string] => [name, value])),
          String(body),
          { ...INSECURE, ...options },
        );
      /** The challenge of a call that is refused. */
      const refusalOf = async (options: object): Promise<object | undefined> => {
        try {
          return { status: (await call(options)).status };
        } catch (error) {
          if (!(error instanceof oauth.WWWAuthenticateChallengeError)) throw error;
          const [challenge] = error.cause;
          return { status: error.response.status, scheme: challenge?.scheme, error: challenge?.parameters['error'] };
        }
      };
      // The library keeps the nonce that it is told with the refusal.
      expect(await refusalOf({ DPoP })).toEqual({ status: 401, scheme: 'dpop', error: 'use_dpop_nonce' });
      const response = await call({ DPoP });
      expect([response.status, mcp.ran.at(-1)]).toEqual([200, 'read_file']);
      await response.body?.cancel();

      const ran = mcp.ran.length;
      expect(await refusalOf({})).toEqual({ status: 401, scheme: 'dpop', error: 'invalid_token' });
      const stolen = oauth.DPoP({}, await oauth.generateKeyPair('ES256'));
      expect(await refusalOf({ DPoP: stolen })).toEqual({ status: 401, scheme: 'dpop', error: 'invalid_dpop_proof' });
      let sent: Headers | undefined;
      const keeping = async (address: string, init: RequestInit): Promise<Response> => {
        sent = new Headers(init.headers);
        return fetch(address, init);
      };
      await (await call({ DPoP, [oauth.customFetch]: keeping })).body?.cancel();
      const again = await fetch(url, { method: 'POST', headers: sent ?? {}, body: String(body) });
      expect([again.status, again.headers.get('www-authenticate')]).toEqual([
        401,
        expect.stringMatching(/^DPoP error="invalid_dpop_proof"/),
      ]);
      expect(mcp.ran.length).toBe(ran + 1);
    });
  },
);
