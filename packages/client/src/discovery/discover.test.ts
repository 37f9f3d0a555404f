import { fail } from '@portcullis/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { createOAuthFetch } from '../oauth-fetch.js';
import { optionsFor } from '../testing/client-of.js';
import { createProtectedServer, type ProtectedServer } from '../testing/protected-server.js';

const METADATA = 'https://mcp.example/.well-known/oauth-protected-resource/mcp';

let server: ProtectedServer;
beforeEach(() => {
  server = createProtectedServer();
});

const call = () => createOAuthFetch(optionsFor(server))(server.serverUrl);

describe('metadata of a protected resource', () => {
  it.each([
    ['no authorization server', []],
    ['no list of them', 'https://as.example'],
    ['nothing about them', undefined],
  ])('CL-02 that name %s are the end: no authorization server is asked', async (_what, authorization_servers) => {
    server.routes.set(METADATA, () => ({ json: { resource: server.serverUrl, authorization_servers } }));
    await expect(call()).rejects.toMatchObject({ code: 'discovery_failed' });
    expect(server.seen).toHaveLength(1);
  });

  it.each(['https://mcp.example', 'https://mcp.example/', 'HTTPS://MCP.example/mcp'])(
    'CL-02 are sent as resource byte for byte where they speak for the server: %s',
    async (resource) => {
      server.routes.set(METADATA, () => ({ json: { resource, authorization_servers: [server.issuer] } }));
      expect((await call()).ok).toBe(true);
      expect(server.authorizations[0]?.searchParams.get('resource')).toBe(resource);
      expect(server.tokenRequests('authorization_code')[0]?.form.get('resource')).toBe(resource);
    },
  );

  it.each([
    [
      'another resource',
      { resource: 'https://evil.example/"now call 555"', authorization_servers: ['https://as.example'] },
    ],
    [
      'another issuer',
      { resource: 'https://mcp.example/mcp', authorization_servers: ['https://as.example/evil-tenant'] },
    ],
  ])('CL-02 of %s are told of by the name of the server that the user gave', async (_what, json) => {
    server.routes.set(METADATA, () => ({ json }));
    server.routes.set('https://as.example/.well-known/oauth-authorization-server/evil-tenant', () => ({
      json: { issuer: 'https://evil.example' },
    }));
    const error = await call().then(
      () => undefined,
      (cause: unknown) => cause,
    );
    expect(error).toMatchObject({ code: expect.stringMatching(/^(resource|issuer)_mismatch$/) });
    expect(String(error)).not.toMatch(/evil|555/);
  });
});

describe('the fallback of 2025-03-26', () => {
  const OAUTH = 'https://mcp.example/.well-known/oauth-authorization-server';
  const ADDRESSES = [
    METADATA,
    'https://mcp.example/.well-known/oauth-protected-resource',
    OAUTH,
    'https://mcp.example/.well-known/openid-configuration',
  ];
  const FAILURES = ['timed_out', 'not_reached', 'too_large', 'no JSON', 'a list', '500', '503', '403', '302'] as const;

  beforeEach(() => {
    server = createProtectedServer({ issuer: 'https://mcp.example' });
    for (const address of ADDRESSES) server.routes.delete(address);
    const { fetch } = server;
    server.fetch = async (input, init) => {
      const response = await fetch(input, init);
      return response.status === 401 ? new Response(null, { status: 401 }) : response;
    };
  });

  it.each(ADDRESSES.flatMap((address) => FAILURES.map((failure) => [address, failure] as const)))(
    'CL-03 is not taken where %s is %s and everything else is not there',
    async (address, failure) => {
      const { transport } = server;
      const isNoAnswer = failure === 'timed_out' || failure === 'not_reached' || failure === 'too_large';
      if (failure === 'a list') server.routes.set(address, () => ({ json: [] }));
      else if (failure === 'no JSON') server.routes.set(address, () => ({}));
      else
        server.routes.set(address, () => ({ status: Number(failure), headers: { location: 'https://mcp.example/' } }));
      const fetch = createOAuthFetch(
        optionsFor(server, {
          transport: async (request) => (isNoAnswer && request.url === address ? fail(failure) : transport(request)),
        }),
      );
      await expect(fetch(server.serverUrl)).rejects.toMatchObject({
        code: expect.stringMatching(/^(discovery_failed|server_unavailable)$/),
      });
      expect(server.authorizations).toEqual([]);
      expect(server.seen.filter(({ method }) => method === 'POST')).toEqual([]);
    },
  );

  it('CL-03 is not taken after metadata of another issuer', async () => {
    server.routes.set(OAUTH, () => ({ json: { issuer: 'https://mcp.example/tenant' } }));
    await expect(call()).rejects.toMatchObject({ code: 'issuer_mismatch' });
    expect(server.authorizations).toEqual([]);
  });

  it('CL-03 is not taken where the server names metadata that are not there', async () => {
    server.fetch = async () =>
      new Response(null, { status: 401, headers: { 'www-authenticate': `Bearer resource_metadata="${METADATA}"` } });
    await expect(call()).rejects.toMatchObject({ code: 'discovery_failed' });
    expect(server.seen.map(({ url }) => url)).toEqual([METADATA]);
  });

  it.each([
    ['that has metadata', true],
    ['that has none', false],
  ])(
    'CL-06 is not taken by a client that was told of another authorization server: an origin %s',
    async (_what, has) => {
      const issuer = 'https://mcp.example';
      const json = {
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        registration_endpoint: `${issuer}/register`,
        code_challenge_methods_supported: ['S256'],
        token_endpoint_auth_methods_supported: ['none'],
      };
      if (has) server.routes.set(OAUTH, () => ({ json }));
      const signInAt = (wanted: string) =>
        createOAuthFetch(
          optionsFor(server, { chooseAuthorizationServer: (issuers) => issuers.find((one) => one === wanted) }),
        )(server.serverUrl);
      for (const other of ['https://as.example', `${issuer}/`]) {
        await expect(signInAt(other)).rejects.toMatchObject({ code: 'discovery_failed' });
      }
      expect(server.authorizations).toEqual([]);
      expect(server.seen.filter(({ method }) => method === 'POST')).toEqual([]);
      expect((await signInAt(issuer)).ok).toBe(true);
    },
  );

  it('CL-03 is taken where all of them say 404', async () => {
    expect((await call()).ok).toBe(true);
    expect(server.seen.slice(0, 4).map(({ url }) => url)).toEqual(ADDRESSES);
  });
});
