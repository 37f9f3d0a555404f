import { fail } from '@portcullis/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ClientStore } from '../stores/client-store.js';
import { createMemoryStore } from '../stores/memory-store.js';
import { createProtectedServer, type ProtectedServer } from '../testing/protected-server.js';
import { createOAuthProvider, type OAuthProvider } from './oauth-provider.js';
import type { OAuthProviderOptions } from './provider-options.js';
import { createSdkFetch, type SdkFetch } from './testing/sdk-fetch.js';
import { SDKS, type SdkClient } from './testing/sdk-kinds.js';

const PRM = 'https://mcp.example/.well-known/oauth-protected-resource/mcp';

let server: ProtectedServer;
let sdk: SdkFetch;
let store: ClientStore;
let now: number;
/** Where a web application leads people. */
let led: URL[];

beforeEach(() => {
  use(createProtectedServer());
  store = createMemoryStore();
  now = 1_800_000_000;
  led = [];
});

function use(another: ProtectedServer): void {
  server = another;
  sdk = createSdkFetch(server);
}

function newProvider(options: Partial<OAuthProviderOptions> = {}): OAuthProvider {
  return createOAuthProvider({
    serverUrl: server.serverUrl,
    transport: server.transport,
    fetch: server.fetch,
    signIn: server.signIn,
    store,
    now: () => now,
    ...options,
  });
}

/** Of a web application: another process for each request of a browser. */
const newWebProvider = (options: Partial<OAuthProviderOptions> = {}): OAuthProvider =>
  newProvider({
    signIn: { redirectUri: 'https://app.example/back', redirect: (url) => void led.push(url) },
    ...options,
  });

/** The MCP server names another authorization server from now on, and takes no token of the first. */
function moveTo(issuer: string): void {
  const second = createProtectedServer({ issuer });
  for (const [url, route] of second.routes) server.routes.set(url, route);
  server.accepted.clear();
}

/** All that reached an origin, decoded. */
const sentTo = (origin: string): string =>
  JSON.stringify(
    server.seen
      .filter(({ url }) => new URL(url).origin === origin)
      .map(({ url, headers, body, form }) => ({ url, headers, body, form: [...form] })),
  );

describe.each(SDKS)('$name', ({ connect, newTransport, isUnauthorized }) => {
  const connectWith = (provider: OAuthProvider): Promise<SdkClient> => connect(server.serverUrl, provider, sdk.fetch);

  async function signedIn(provider: OAuthProvider): Promise<SdkClient> {
    const refused = await connectWith(provider);
    expect(isUnauthorized(refused.error)).toBe(true);
    await provider.finishAuth(refused.transport);
    const client = await connectWith(provider);
    expect(client.error).toBeUndefined();
    return client;
  }

  /** What a web application does when a browser comes back. */
  async function comeBack(query: string): Promise<void> {
    const provider = newWebProvider();
    await provider.finishAuth(newTransport(server.serverUrl, provider, sdk.fetch), `/back?${query}`);
  }

  const codes = () => server.tokenRequests('authorization_code').map(({ form }) => form.get('code'));

  describe('whom it believes', () => {
    it.each(['https://evil.example/mcp', 'https://mcp.example/mc', 'https://mcp.example/mcp/x', undefined])(
      'CL-02 no metadata of another resource: %s',
      async (resource) => {
        server.routes.set(PRM, () => ({ json: { resource, authorization_servers: [server.issuer] } }));
        expect((await connectWith(newProvider())).error).toMatchObject({ code: 'resource_mismatch' });
        expect(server.seen).toHaveLength(1);
        expect(sdk.elsewhere).toEqual([]);
      },
    );

    it.each(['https://as.example/', 'https://AS.example', 'https://as.example/tenant'])(
      'CL-02 no metadata of another issuer: %s',
      async (issuer) => {
        use(createProtectedServer({ metadata: { issuer } }));
        expect((await connectWith(newProvider())).error).toMatchObject({ code: 'issuer_mismatch' });
        expect(server.seen).toHaveLength(2);
      },
    );

    it('CL-02 no transport of another server, and no resource of another one', async () => {
      const other = newProvider({ serverUrl: 'https://mcp.example/other' });
      const { serverUrl } = server;
      await expect(other.validateResourceURL(serverUrl, serverUrl)).rejects.toMatchObject({
        code: 'configuration_invalid',
      });
      await expect(newProvider().validateResourceURL(serverUrl, 'https://mcp.example/mc')).rejects.toMatchObject({
        code: 'resource_mismatch',
      });
    });
  });

  describe('where no sign-in begins', () => {
    it.each([
      ['no list', undefined],
      ['plain alone', ['plain']],
      ['an empty list', []],
    ])('CL-03 PKCE is advertised by %s', async (_what, methods) => {
      use(createProtectedServer({ metadata: { code_challenge_methods_supported: methods } }));
      expect((await connectWith(newProvider())).error).toMatchObject({ code: 'pkce_not_supported' });
      expect(server.authorizations).toHaveLength(0);
      expect(server.seen.every(({ method }) => method === 'GET')).toBe(true);
    });

    it('CL-03 the token endpoint is plain http', async () => {
      use(createProtectedServer({ metadata: { token_endpoint: 'http://as.example/token' } }));
      expect((await connectWith(newProvider())).error).toMatchObject({ code: 'url_refused' });
      expect(server.authorizations).toHaveLength(0);
    });

    it.each(['javascript:alert(1)', 'file:///etc/passwd', 'http://as.example/authorize', 'https://u@as.example/a'])(
      'CX-01 the authorization endpoint is %s',
      async (endpoint) => {
        use(createProtectedServer({ metadata: { authorization_endpoint: endpoint } }));
        for (const provider of [newProvider(), newWebProvider()]) {
          expect((await connectWith(provider)).error).toMatchObject({ code: 'url_refused' });
        }
        expect([...server.authorizations, ...led]).toEqual([]);
      },
    );
  });

  describe('a response', () => {
    it('CL-05 that is not of this sign-in changes nothing; the right one ends it, once', async () => {
      const received: string[] = [];
      const provider = newProvider({
        signIn: {
          begin: async () => ({
            redirectUri: 'http://127.0.0.1:1/callback',
            async run(url, receive) {
              for (const query of ['code=stolen&state=other', 'code=stolen', 'error=access_denied']) {
                received.push(await receive(new URLSearchParams(query)));
              }
              for (let time = 0; time < 2; time += 1) received.push(await receive(server.respond(url)));
            },
            end: async () => {},
          }),
        },
      });
      await signedIn(provider);
      expect(received).toEqual(['ignored', 'ignored', 'ignored', 'accepted', 'ignored']);
      expect(codes()).toEqual(['the-code']);
    });

    it('CL-05 comes to another process of a web application: it counts with its state alone, and once', async () => {
      expect(isUnauthorized((await connectWith(newWebProvider())).error)).toBe(true);
      const [url = new URL(server.serverUrl)] = led;
      const right = String(server.respond(url));
      for (const query of ['code=x&state=other', 'code=x', 'error=access_denied', `${right}&state=twice`]) {
        await expect(comeBack(query)).rejects.toMatchObject({ code: 'authorization_response_invalid' });
      }
      expect(codes()).toEqual([]);
      const twice = await Promise.allSettled([comeBack(right), comeBack(right)]);
      expect(twice.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      await expect(comeBack(right)).rejects.toMatchObject({ code: 'authorization_response_invalid' });
      expect(codes()).toEqual(['the-code']);
      const [request] = server.tokenRequests('authorization_code');
      expect(request?.form.get('redirect_uri')).toBe('https://app.example/back');
      expect((await connectWith(newWebProvider())).error).toBeUndefined();
    });

    it('CL-05 that comes after an hour is of no sign-in', async () => {
      await connectWith(newWebProvider());
      now += 3601;
      await expect(comeBack(String(server.respond(led[0] ?? new URL('x:'))))).rejects.toMatchObject({
        code: 'authorization_response_invalid',
      });
    });

    it('CL-05 has a state and a verifier of its own in each sign-in, and no verifier in an address', async () => {
      for (const profile of ['one', 'two']) await signedIn(newProvider({ profile }));
      const states = server.authorizations.map(({ searchParams }) => searchParams.get('state'));
      const verifiers = server.tokenRequests('authorization_code').map(({ form }) => form.get('code_verifier') ?? '');
      expect(new Set([...states, ...verifiers]).size).toBe(4);
      for (const text of [...states, ...verifiers]) expect(text).toMatch(/^[\w-]{43}$/);
      expect(server.authorizations.some(({ href }) => verifiers.some((one) => href.includes(one)))).toBe(false);
    });

    it.each<[string, Record<string, string>, Record<string, unknown>]>([
      ['of another issuer', { iss: 'https://other.example' }, {}],
      ['of an issuer that differs by a slash', { iss: 'https://as.example/' }, {}],
      ['of an issuer that differs by its port', { iss: 'https://as.example:443' }, {}],
      ['without the issuer that is promised', {}, { authorization_response_iss_parameter_supported: true }],
      ['with an error, of another issuer', { iss: 'https://o.example', error: 'evil', error_description: 'evil' }, {}],
    ])('CL-04 %s is not acted on, and not shown', async (_what, parameters, metadata) => {
      use(createProtectedServer({ metadata }));
      server.respond = (url) =>
        new URLSearchParams({ code: 'c', state: url.searchParams.get('state') ?? '', ...parameters });
      const provider = newProvider({ profile: 'own' });
      const { transport } = await connectWith(provider);
      const refusal = { code: 'authorization_response_invalid', message: expect.not.stringContaining('evil') };
      await expect(provider.finishAuth(transport)).rejects.toMatchObject(refusal);
      await connectWith(newWebProvider());
      const response = String(server.respond(led[0] ?? new URL('x:')));
      await expect(comeBack(response)).rejects.toMatchObject(refusal);
      expect(codes()).toEqual([]);
    });

    it('that says no is told, and the next connection asks again', async () => {
      const { respond } = server;
      server.respond = (url) => {
        const response = respond(url);
        response.delete('code');
        response.set('error', 'access_denied');
        return response;
      };
      const provider = newProvider();
      const { transport } = await connectWith(provider);
      await expect(provider.finishAuth(transport)).rejects.toMatchObject({
        code: 'authorization_refused',
        error: 'access_denied',
      });
      server.respond = respond;
      await signedIn(provider);
    });
  });

  describe('a code that the server does not take', () => {
    it.each(['invalid_grant', 'invalid_client'])('is sent once: %s', async (error) => {
      const provider = newProvider();
      const { transport } = await connectWith(provider);
      server.routes.set(`${server.issuer}/token`, () => ({ status: 400, json: { error } }));
      await expect(provider.finishAuth(transport)).rejects.toMatchObject({ code: 'token_refused' });
      expect(codes()).toEqual(['the-code']);
      expect(server.authorizations).toHaveLength(1);
    });

    it('has its client registered anew, where the server does not know it any more', async () => {
      await connectWith(newWebProvider());
      const token = server.routes.get('https://as.example/token') ?? (() => ({}));
      server.routes.set('https://as.example/token', () => ({ status: 401, json: { error: 'invalid_client' } }));
      await expect(comeBack(String(server.respond(led[0] ?? new URL('x:'))))).rejects.toMatchObject({
        code: 'token_refused',
      });
      server.routes.set('https://as.example/token', token);
      await connectWith(newWebProvider());
      await comeBack(String(server.respond(led[1] ?? new URL('x:'))));
      expect(led[1]?.searchParams.get('client_id')).not.toBe(led[0]?.searchParams.get('client_id'));
    });
  });

  describe("a transport that has the provider's fetch", () => {
    /** Its SDK knows no other way out. */
    const guarded = (transport: ProtectedServer['transport']): OAuthProvider =>
      newProvider({ transport, fetch: sdk.fetch });

    it('CL-01 sends no code to a token endpoint that leads to an address which is not allowed', async () => {
      const provider = guarded(async (request) =>
        request.url === 'https://as.example/token' ? fail('address_refused') : server.transport(request),
      );
      const { transport } = await connect(server.serverUrl, provider, provider.fetch);
      await expect(provider.finishAuth(transport)).rejects.toMatchObject({ code: 'url_refused' });
      expect(sdk.elsewhere).toEqual([]);
      expect(codes()).toEqual([]);
    });

    it('goes to other origins over the transport of the provider, and for tokens only', async () => {
      const provider = guarded(server.transport);
      const refused = await connect(server.serverUrl, provider, provider.fetch);
      await provider.finishAuth(refused.transport);
      const client = await connect(server.serverUrl, provider, provider.fetch);
      expect(await client.call('wipe')).toMatchObject({ content: [{ text: 'called wipe' }] });
      expect(codes()).toEqual(['the-code']);
      expect(sdk.elsewhere).toEqual([]);
      await expect(provider.fetch('https://as.example/')).rejects.toMatchObject({ code: 'url_refused' });
    });

    it('CL-08 goes over it to an authorization server of its own origin too', async () => {
      use(createProtectedServer({ issuer: 'https://mcp.example' }));
      const provider = guarded(server.transport);
      const { transport } = await connect(server.serverUrl, provider, provider.fetch);
      await provider.finishAuth(transport);
      expect(codes()).toEqual(['the-code']);
      expect(sdk.elsewhere).toEqual([]);
    });
  });

  it('CL-05 a code goes into one request, and no other code does', async () => {
    const provider = newProvider();
    await connectWith(provider);
    const { authorizationServerMetadata } = await provider.discoveryState();
    const outcomes: unknown[] = [];
    const add = async (code: string, metadata: object): Promise<unknown> => {
      const params = new URLSearchParams({ grant_type: 'authorization_code', code });
      const url = 'https://as.example/token';
      return provider.addClientAuthentication(new Headers(), params, url, metadata).catch(({ code }) => code);
    };
    await provider.finishAuth({
      async finishAuth(code) {
        const { authorizationServerMetadata: ofThisSignIn } = await provider.discoveryState();
        outcomes.push(await add(code, authorizationServerMetadata));
        outcomes.push(await add('another', ofThisSignIn));
        outcomes.push(await add(code, ofThisSignIn));
        await provider.saveTokens({ access_token: 'at', token_type: 'Bearer' });
        outcomes.push(await add(code, ofThisSignIn));
      },
    });
    outcomes.push(await add('the-code', authorizationServerMetadata));
    const refused = 'issuer_changed';
    expect(outcomes).toEqual([refused, refused, undefined, refused, refused]);
    expect(() => provider.codeVerifier()).toThrow();
    await expect(provider.saveTokens({ access_token: 'at', token_type: 'Bearer' })).rejects.toMatchObject({
      code: 'configuration_invalid',
    });
  });

  describe('what goes to an authorization server that the MCP server names later', () => {
    it('CL-06 is nothing of the first one; the client registers there', async () => {
      const client = await signedIn(newProvider());
      moveTo('https://as2.example');
      expect(isUnauthorized(await client.call('wipe').catch((error: unknown) => error))).toBe(true);
      const first = server.authorizations[0]?.searchParams.get('client_id') ?? '?';
      expect(server.authorizations[1]?.origin).toBe('https://as2.example');
      const sent = sentTo('https://as2.example');
      expect(sent).toContain('https://as2.example/register');
      for (const leak of ['rt-1', 'at-1', first]) expect(sent).not.toContain(`"${leak}"`);
    });

    it('CL-06 is no refresh token, where its issuer differs by a slash alone, which the SDKs overlook', async () => {
      const metadata = { client_id_metadata_document_supported: true };
      use(createProtectedServer({ metadata }));
      const client = await signedIn(
        newProvider({ client: { metadataDocumentUrl: 'https://app.example/client.json' } }),
      );
      moveTo('https://as.example/');
      server.routes.set('https://as.example/.well-known/oauth-authorization-server', () => ({
        json: {
          issuer: 'https://as.example/',
          authorization_endpoint: 'https://as.example/authorize',
          token_endpoint: 'https://evil.example/token',
          code_challenge_methods_supported: ['S256'],
          ...metadata,
        },
      }));
      expect(isUnauthorized(await client.call('wipe').catch((error: unknown) => error))).toBe(true);
      expect(server.authorizations).toHaveLength(2);
      expect(sentTo('https://evil.example')).toBe('[]');
    });

    it.each([undefined, 'https://as.example'])('CL-06 is no secret: bound to %s', async (issuer) => {
      const preRegistered = { clientId: 'conf', clientSecret: 's3cret', ...(issuer === undefined ? {} : { issuer }) };
      await signedIn(newProvider({ client: { preRegistered } }));
      moveTo('https://as2.example');
      // Another process, later.
      const { error } = await connectWith(newProvider({ client: { preRegistered } }));
      expect(error).toMatchObject({ code: 'issuer_changed' });
      for (const leak of ['s3cret', btoa('conf:s3cret'), 'rt-1', 'at-1']) {
        expect(sentTo('https://as2.example')).not.toContain(leak);
      }
    });

    it('CL-06 is no code: that goes to the one that was asked', async () => {
      await connectWith(newWebProvider());
      moveTo('https://as2.example');
      await comeBack(String(server.respond(led[0] ?? new URL('x:'))));
      expect(codes()).toEqual(['the-code']);
      expect(sentTo('https://as2.example')).not.toContain('the-code');
    });

    it('CL-06 is nothing, where an SDK has metadata that were not checked', async () => {
      const provider = newProvider();
      await signedIn(provider);
      const { authorizationServerMetadata: checked } = await provider.discoveryState();
      const request = (url: string, metadata: object): Promise<unknown> => {
        const headers = new Headers();
        const params = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: 'rt-1' });
        return provider.addClientAuthentication(headers, params, url, metadata);
      };
      const refusal = { code: 'issuer_changed' };
      await expect(request('https://as.example/token', { ...checked })).rejects.toMatchObject(refusal);
      await expect(request('https://evil.example/token', checked)).rejects.toMatchObject(refusal);
      await expect(request('https://as.example/token', checked)).resolves.toBeUndefined();
    });
  });

  describe('an answer of the token endpoint', () => {
    it.each([
      ['an access token with a line break', { access_token: 'a\r\nX-Evil: 1', token_type: 'Bearer' }],
      ['a token type that nobody knows', { access_token: 'a', token_type: 'mac' }],
      ['a lifetime below zero', { access_token: 'a', token_type: 'Bearer', expires_in: -1 }],
      ['a token that is bound to a key', { access_token: 'a', token_type: 'DPoP' }],
    ])('CL-08 is not kept with %s', async (_what, json) => {
      const provider = newProvider();
      const { transport } = await connectWith(provider);
      server.routes.set(`${server.issuer}/token`, () => ({ json }));
      await expect(provider.finishAuth(transport)).rejects.toMatchObject({ code: 'token_response_invalid' });
      expect(await newProvider().tokens()).toBeUndefined();
    });
  });
});

it('CL-02 an SDK that would go by metadata of its own is refused before a browser opens', async () => {
  const { StreamableHTTPClientTransport } = await import('mcp-sdk-2025-06-18/client/streamableHttp.js');
  const provider = newProvider();
  server.routes.set('https://as.example/.well-known/oauth-authorization-server', () => ({
    json: {
      issuer: server.issuer,
      authorization_endpoint: 'https://as.example/authorize',
      token_endpoint: 'https://as.example/token',
      response_types_supported: ['code'],
      code_challenge_methods_supported: ['S256'],
    },
  }));
  const old = new StreamableHTTPClientTransport(new URL(server.serverUrl), {
    authProvider: provider as never,
    fetch: sdk.fetch as never,
  });
  await old.start();
  await expect(old.send({ jsonrpc: '2.0', id: 1, method: 'ping' })).rejects.toMatchObject({
    code: 'configuration_invalid',
  });
  expect(server.authorizations).toHaveLength(0);
});
