import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startClientProgram } from '../interop/client/program.js';
import { claimsOf } from '../interop/resource-server/verdicts.js';
import { type ConnectByFetch, connectSdkV1, connectSdkV2 } from '../support/fetch-clients.js';
import { authorizeByForms, FormBrowser } from '../support/form-browser.js';
import { startFormsOpener } from '../support/forms-opener.js';
import { type Gate, RELAXED_LIMITS, runProgram, startGate } from '../support/gate.js';
import { startGlewlwyd } from '../support/glewlwyd.js';
import { startKeycloakShaped } from '../support/keycloak-shaped.js';
import { MemoryOAuthProvider } from '../support/memory-provider.js';
import { jsonRpcOf, postMcp, registerClient, type TokenResponse } from '../support/oauth.js';
import { freePort } from '../support/processes.js';
import { type ClientKind, sdkV1, sdkV1Of20250618, sdkV2 } from '../support/sdk-clients.js';
import {
  runWeatherServer,
  startWeatherServer,
  type WeatherHost,
  type WeatherServer,
} from '../support/weather-server.js';

// The examples as their README starts them: programs of their own, and everything that calls them is official.

const CALLBACK = 'http://127.0.0.1:52345/callback';
const READ = 'weather:read';
const BOTH = [READ, 'weather:write'];
const TOOLS = ['get_forecast', 'set_alert', 'remove_alerts', 'who_am_i'];
const HOSTS: readonly WeatherHost[] = ['express', 'fastify', 'hono', 'node-http'];

/** Clients for servers on both SDKs, and those that only servers on v2 understand. */
const CLIENTS: readonly ClientKind[] = [sdkV1Of20250618, sdkV1, sdkV2('2025-11-25')];
const NEWEST: readonly ClientKind[] = [sdkV2('2026-07-28')];
const ofHost = (host: WeatherHost): readonly ClientKind[] =>
  host === 'hono' || host === 'node-http' ? [...CLIENTS, ...NEWEST] : [...CLIENTS, sdkV2('2025-11-25', 'auto')];

const call = (name: string, args: object = {}) => ({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name, arguments: args },
});
const OSLO = call('get_forecast', { city: 'Oslo' });

/** A `fetch` that brings an access token. */
const bringing =
  (accessToken: string): typeof fetch =>
  (url, init) => {
    const headers = new Headers(init?.headers);
    headers.set('authorization', `Bearer ${accessToken}`);
    return fetch(url, { ...init, headers });
  };

describe('the weather servers, registered at a gate', () => {
  let gate: Gate;
  const servers = new Map<WeatherHost, WeatherServer>();

  beforeAll(async () => {
    const dataDir = join(mkdtempSync(join(tmpdir(), 'portcullis-weather-')), 'data');
    const port = await freePort();
    const variables = { ISSUER: `http://127.0.0.1:${port}` };
    const starting = Promise.all(
      HOSTS.map(async (host) => void servers.set(host, await startWeatherServer(host, variables))),
    );
    gate = await startGate({
      port,
      dataDir,
      config: `upstreams: [{ url: "http://127.0.0.1:9/mcp" }]\n${RELAXED_LIMITS}`,
    });
    await starting;
    const scopes = [`${READ}=See it`, 'weather:write=Set alerts', 'weather=All of it'];
    const options = scopes.flatMap((scope) => ['--scope', scope]);
    const adding = [...servers.values()].map(({ url }) =>
      runProgram(['resources', 'add', url, ...options, '--default-scope', READ, '--data-dir', dataDir]),
    );
    expect((await Promise.all(adding)).map(({ code }) => code)).toEqual([0, 0, 0, 0]);
  });

  afterAll(async () => {
    await Promise.all([...servers.values()].map(({ running }) => running.stop()));
    await gate?.stop();
  });

  const approve = async (url: URL): Promise<URLSearchParams> =>
    (await authorizeByForms(new FormBrowser(gate.origin), url, gate)).searchParams;

  async function accessToken(request: { resource: string; scope?: string }): Promise<string> {
    const client = await registerClient(gate.origin, CALLBACK, request);
    const response = await client.redeem((await approve(client.authorizationUrl)).get('code') ?? '');
    return ((await response.json()) as TokenResponse).access_token;
  }

  const of = (host: WeatherHost): WeatherServer => {
    const server = servers.get(host);
    if (server === undefined) throw new Error(`${host} did not start`);
    return server;
  };

  describe.each(HOSTS)('on %s', (host) => {
    it('RS-11 says whose tokens it takes, and asks for one', async () => {
      const { url, metadataUrl } = of(host);
      expect(await (await fetch(metadataUrl)).json()).toEqual({
        resource: url,
        authorization_servers: [gate.origin],
        scopes_supported: [...BOTH, 'weather'],
        bearer_methods_supported: ['header'],
        dpop_signing_alg_values_supported: ['ES256', 'RS256', 'PS256', 'EdDSA', 'Ed25519'],
        resource_name: 'Weather Service',
        resource_type: 'mcp-server',
        mcp_protocol_version: '2025-11-25',
      });
      const response = await postMcp(url, undefined, OSLO);
      expect(response.status).toBe(401);
      const challenge = `Bearer scope="${READ}", resource_metadata="${metadataUrl}"`;
      expect(response.headers.get('www-authenticate')).toBe(challenge);
    });

    it.each(ofHost(host).map((kind) => [kind.name, kind.revision, kind] as const))(
      'serves %s on %s, which finds its own way to the gate',
      async (name, revision, kind) => {
        const provider = new MemoryOAuthProvider(CALLBACK, name);
        const client = await kind.connect(new URL(of(host).url), provider, approve);
        try {
          expect(client.protocolVersion).toBe(revision);
          expect(await client.listTools()).toEqual(TOOLS);
          expect(await client.callTool('get_forecast', { city: 'Oslo' })).toContain('Snow');
          const { sub, client_id } = claimsOf(provider.savedTokens?.access_token ?? '');
          expect(JSON.parse(await client.callTool('who_am_i'))).toEqual({
            subject: sub,
            clientId: client_id,
            scopes: [READ],
            permissions: [],
          });
          await expect(client.callTool('remove_alerts')).rejects.toThrow(
            'The tool failed: This needs the permission "weather-admin"',
          );
        } finally {
          await client.close();
        }
      },
    );

    it('RS-11 gets more scopes of a person through our fetch when a tool needs them', async () => {
      const { url } = of(host);
      const connect = host === 'express' || host === 'hono' ? connectSdkV1 : connectSdkV2;
      const opener = await startFormsOpener(gate.origin, gate);
      const program = startClientProgram(url, opener);
      const client = await connect(url, program.fetch);
      try {
        expect((await program.tokens()).scopes).toEqual([READ]);
        const frost = { city: 'Oslo', when: 'below 0 °C' };
        expect(await client.callTool('set_alert', frost)).toBe('Your alerts: Oslo: below 0 °C');
        expect((await program.tokens()).scopes).toEqual(BOTH);
        expect(opener.opened).toHaveLength(2);
      } finally {
        await client.close();
        await opener.close();
      }
    });

    it('RS-11 RS-12 names all scopes that a tool needs, and takes one that implies them', async () => {
      const { url, metadataUrl } = of(host);
      const alert = call('set_alert', { city: 'Lisbon', when: 'rain' });
      const refused = await postMcp(url, await accessToken({ resource: url }), alert);
      expect(refused.status).toBe(403);
      expect(refused.headers.get('www-authenticate')).toContain(
        `error="insufficient_scope", scope="${BOTH.join(' ')}", resource_metadata="${metadataUrl}"`,
      );
      const all = await accessToken({ resource: url, scope: 'weather' });
      expect(await jsonRpcOf(await postMcp(url, all, alert))).toMatchObject({
        result: { content: [{ text: expect.stringContaining('Lisbon: rain') }] },
      });
    });

    it('RS-05 refuses a token of the same gate for another resource', async () => {
      const { url, reasons } = of(host);
      const foreign = await accessToken({ resource: `${gate.origin}/mcp` });
      const refused = await postMcp(url, foreign, OSLO);
      expect(refused.status).toBe(401);
      expect(refused.headers.get('www-authenticate')).toContain('error="invalid_token"');
      expect(reasons().at(-1)).toBe('wrong_audience');
    });

    it('has nothing elsewhere, and one method', async () => {
      const { url } = of(host);
      const authorization = `Bearer ${await accessToken({ resource: url })}`;
      const statusOf = async (address: string, method: string) =>
        (await fetch(address, { method, headers: { authorization, accept: 'text/event-stream' } })).status;
      expect(await statusOf(url, 'GET')).toBe(405);
      expect(await statusOf(new URL('/other', url).href, 'GET')).toBe(404);
    });
  });

  it('says in a line that a port is taken, and ends when it is told to', async () => {
    const all = [...servers.values()].map(async ({ host, port, running }) => {
      const second = runWeatherServer(host, { PORT: String(port), ISSUER: gate.origin });
      expect([await second.exited, second.stderr()]).toEqual([
        1,
        `Port ${port} is taken: name another one, PORT=3002\n`,
      ]);
      expect(await running.stop()).toBe(0);
    });
    await Promise.all(all);
  });
});

it('ends with a line where a setting makes no sense', async () => {
  const cases: readonly (readonly [Readonly<Record<string, string>>, string])[] = [
    [{ PRESET: 'other' }, 'PRESET is one of rfc9068, keycloak'],
    [{ PORT: '0x' }, 'PORT is no port: 0x'],
    [{ ISSUER: 'nobody' }, 'not nobody'],
  ];
  await Promise.all(
    cases.map(async ([variables, words]) => {
      const running = runWeatherServer('node-http', variables);
      expect(await running.exited).toBe(1);
      expect(running.stderr()).toMatch(/^.+\n$/);
      expect(running.stderr()).toContain(words);
    }),
  );
});

describe('the weather with other providers', () => {
  /** Calls as whoever has this token, with each of the SDKs. */
  async function ask(url: string, accessToken: string, tool: string, args = {}): Promise<string> {
    const answers = [];
    for (const connect of [connectSdkV1, connectSdkV2] satisfies ConnectByFetch[]) {
      const client = await connect(url, bringing(accessToken));
      answers.push(await client.callTool(tool, args).finally(() => client.close()));
    }
    expect(answers[1]).toBe(answers[0]);
    return answers[0] ?? '';
  }

  it('RS-05 takes tokens as Keycloak has them, and a role of the realm is a permission', async () => {
    const port = await freePort();
    const [url, other] = [`http://127.0.0.1:${port}/mcp`, 'http://127.0.0.1:9000/mcp'];
    const roles = { realm_access: { roles: ['weather-admin'] }, resource_access: {} };
    const realm = await startKeycloakShaped({ resources: [url, other], scope: READ, roles });
    const server = await startWeatherServer('hono', { PRESET: 'keycloak', ISSUER: realm.issuer }, port);
    try {
      const { accessToken } = await realm.signIn(url);
      expect(await ask(url, accessToken, 'get_forecast', { city: 'Nairobi' })).toContain('22 °C');
      expect(await ask(url, accessToken, 'remove_alerts')).toBe('0 alerts removed');
      const foreign = await realm.signIn(other);
      expect((await postMcp(url, foreign.accessToken, OSLO)).status).toBe(401);
      const unmapped = await realm.signIn(url, { withAudienceMapper: false });
      expect((await postMcp(url, unmapped.accessToken, OSLO)).status).toBe(401);
    } finally {
      await server.running.stop();
      await realm.close();
    }
  });

  it('RS-05 takes tokens of Glewlwyd, and asks for the scopes that they lack', async () => {
    const port = await freePort();
    const [url, other] = [`http://127.0.0.1:${port}/mcp`, 'http://127.0.0.1:9000/mcp'];
    const glewlwyd = await startGlewlwyd({ resources: { [url]: BOTH, [other]: ['mail:read'] } });
    const server = await startWeatherServer('fastify', { ISSUER: glewlwyd.issuer }, port);
    try {
      const { accessToken } = await glewlwyd.signIn({ resource: url, scopes: [READ] });
      const { sub } = claimsOf(accessToken);
      expect(JSON.parse(await ask(url, accessToken, 'who_am_i'))).toMatchObject({ subject: sub, scopes: [READ] });
      const alert = call('set_alert', { city: 'Oslo', when: 'snow' });
      expect((await postMcp(url, accessToken, alert)).status).toBe(403);
      const more = await glewlwyd.signIn({ resource: url, scopes: BOTH });
      expect((await postMcp(url, more.accessToken, alert)).status).toBe(200);
      const foreign = await glewlwyd.signIn({ resource: other, scopes: ['mail:read'] });
      expect((await postMcp(url, foreign.accessToken, OSLO)).status).toBe(401);
    } finally {
      await server.running.stop();
      await glewlwyd.dispose();
    }
  });
});
