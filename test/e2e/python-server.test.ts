import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { portcullis } from '@portcullis/resource-server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startClientProgram } from '../interop/client/program.js';
import { verdictOn } from '../interop/resource-server/verdicts.js';
import { connectSdkV1, connectSdkV2 } from '../support/fetch-clients.js';
import { authorizeByForms, FormBrowser } from '../support/form-browser.js';
import { startFormsOpener } from '../support/forms-opener.js';
import { type Gate, RELAXED_LIMITS, runProgram, startGate } from '../support/gate.js';
import { MemoryOAuthProvider } from '../support/memory-provider.js';
import { initializeRequest, jsonRpcOf, postMcp, registerClient, type TokenResponse } from '../support/oauth.js';
import { type PythonServer, runPython, startPythonServer } from '../support/python.js';
import { rawRequest, statusesOf } from '../support/raw-request.js';
import { sdkV1, sdkV1Of20250618, sdkV2 } from '../support/sdk-clients.js';
import { startTokenForger, type TokenForger } from '../support/token-forger.js';

// The example in Python has none of our code. The official SDKs sign in at the gate and use it; tokens that are not for it
// are refused, however little is wrong with them.

const CALLBACK = 'http://127.0.0.1:52345/callback';
const READ = 'weather:read';
const BOTH = 'weather:read weather:write';

const call = (name: string, args: object = {}) => ({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name, arguments: args },
});
const LISBON = call('get_weather', { city: 'Lisbon' });

describe('the Python server, registered at a gate', () => {
  let gate: Gate;
  let server: PythonServer;

  beforeAll(async () => {
    const dataDir = join(mkdtempSync(join(tmpdir(), 'portcullis-python-')), 'data');
    gate = await startGate({ dataDir, config: `upstreams: [{ url: "http://127.0.0.1:9/mcp" }]\n${RELAXED_LIMITS}` });
    server = await startPythonServer(gate.origin);
    const scopes = [`${READ}=Read reports`, 'weather:write=Report the weather'].flatMap((scope) => ['--scope', scope]);
    const options = ['--name', 'Weather', ...scopes, '--default-scope', READ, '--data-dir', dataDir];
    const added = await runProgram(['resources', 'add', server.url, ...options]);
    expect(added).toMatchObject({ code: 0 });
  });

  afterAll(async () => {
    await server?.stop();
    await gate?.stop();
  });

  const approve = async (url: URL): Promise<URLSearchParams> =>
    (await authorizeByForms(new FormBrowser(gate.origin), url, gate)).searchParams;

  async function accessToken(request: { resource: string; scope?: string }): Promise<string> {
    const client = await registerClient(gate.origin, CALLBACK, request);
    const response = await client.redeem((await approve(client.authorizationUrl)).get('code') ?? '');
    return ((await response.json()) as TokenResponse).access_token;
  }

  it('says whose tokens it takes, and asks for one', async () => {
    const metadata = await (await fetch(server.metadataUrl)).json();
    expect(metadata).toEqual({
      resource: server.url,
      authorization_servers: [gate.origin],
      scopes_supported: [READ],
      bearer_methods_supported: ['header'],
      resource_name: 'Weather',
    });
    const response = await postMcp(server.url, undefined, LISBON);
    expect(response.status).toBe(401);
    const challenge = `Bearer scope="${READ}", resource_metadata="${server.metadataUrl}"`;
    expect(response.headers.get('www-authenticate')).toBe(challenge);
  });

  it.each(
    [sdkV1Of20250618, sdkV1, sdkV2('2025-06-18'), sdkV2('2025-11-25'), sdkV2('2025-11-25', 'auto')].map(
      (kind) => [kind.name, kind.revision, kind] as const,
    ),
  )('serves %s on %s, which finds its own way to the gate', async (name, revision, kind) => {
    const provider = new MemoryOAuthProvider(CALLBACK, name);
    const client = await kind.connect(new URL(server.url), provider, approve);
    expect(client.protocolVersion).toBe(revision);
    expect(provider.savedTokens?.scope).toBe(READ);
    expect(await client.listTools()).toEqual(['get_weather', 'report_weather']);
    expect(await client.callTool('get_weather', { city: 'Lisbon' })).toContain('Lisbon: ');
    await expect(client.callTool('get_weather', { city: 'Atlantis' })).rejects.toThrow('no report from Atlantis');
    await expect(client.callTool('no_such_tool')).rejects.toThrow('There is no such tool');
    await client.close();
  });

  it.each([
    ['SDK v1', connectSdkV1],
    ['SDK v2', connectSdkV2],
  ])('gets more scopes of a person through our fetch in %s when a tool needs them', async (_sdk, connect) => {
    const opener = await startFormsOpener(gate.origin, gate);
    const program = startClientProgram(server.url, opener);
    const client = await connect(server.url, program.fetch);
    try {
      expect((await program.tokens()).scopes).toEqual([READ]);
      // Called without what it needs, once the person agreed to it.
      await expect(client.callTool('report_weather')).rejects.toThrow(
        'report_weather takes these texts: city, weather',
      );
      expect((await program.tokens()).scopes).toEqual(BOTH.split(' '));
      expect(opener.opened).toHaveLength(2);
    } finally {
      await client.close();
      await opener.close();
    }
  });

  it('RS-11 names all scopes that a tool needs to whoever has too few, and lets them in with these', async () => {
    const report = call('report_weather', { city: 'Porto', weather: 'rain' });
    const refused = await postMcp(server.url, await accessToken({ resource: server.url }), report);
    expect(refused.status).toBe(403);
    expect(refused.headers.get('www-authenticate')).toBe(
      `Bearer error="insufficient_scope", scope="${BOTH}", resource_metadata="${server.metadataUrl}"`,
    );
    const token = await accessToken({ resource: server.url, scope: BOTH });
    const { sub } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { sub: string };
    expect((await postMcp(server.url, token, report)).status).toBe(200);
    const told = await jsonRpcOf(await postMcp(server.url, token, call('get_weather', { city: 'Porto' })));
    expect(told).toMatchObject({ result: { content: [{ text: `Porto: rain, says ${sub}` }] } });
  });

  it('RS-05 refuses a token of the same gate for the upstream, and the upstream one for the server', async () => {
    const upstream = `${gate.origin}/mcp`;
    const [ofUpstream, ofServer] = [
      await accessToken({ resource: upstream }),
      await accessToken({ resource: server.url }),
    ];
    expect((await postMcp(server.url, ofUpstream, LISBON)).status).toBe(401);
    expect((await postMcp(upstream, ofServer, LISBON)).status).toBe(401);
    // As a server with our own verifier does, which has nothing of the gate but its issuer.
    const issuers = [portcullis({ issuer: gate.origin })];
    expect(await verdictOn(ofServer, server.url, issuers)).toMatchObject({ resource: server.url, scopes: [READ] });
    expect(await verdictOn(ofUpstream, server.url, issuers)).toBe('wrong_audience');
  });
});

describe('the Python server, with an issuer whose keys the test has', () => {
  let forger: TokenForger;
  let server: PythonServer;

  beforeAll(async () => {
    const issuer = await startTokenForger(() => server.url);
    forger = issuer;
    server = await startPythonServer(issuer.issuer);
  });

  afterAll(async () => {
    await server?.stop();
    await forger?.close();
  });

  const statusOf = async (token: string): Promise<number> => (await postMcp(server.url, token, LISBON)).status;

  it('takes what is right in all respects', async () => {
    const past = Math.floor(Date.now() / 1000) - 25;
    const right = [
      forger.mint(),
      forger.mint({}, { alg: 'RS256', kid: 'rsa' }),
      forger.mint({}, { typ: 'application/AT+JWT' }),
      forger.mint({ aud: ['https://other.example.com', server.url] }),
      forger.mint({ exp: past }),
    ];
    expect(await Promise.all(right.map(statusOf))).toEqual(right.map(() => 200));
  });

  it('RS-01 RS-02 RS-03 RS-04 RS-05 RS-06 refuses whatever has a flaw, and none of it reaches a log', async () => {
    const tokens = forger.forged();
    const wrong = [];
    for (const { flaw, token } of tokens) {
      const response = await postMcp(server.url, token, LISBON);
      const challenge = response.headers.get('www-authenticate') ?? '';
      if (response.status !== 401 || !challenge.includes('error="invalid_token"')) wrong.push([flaw, response.status]);
    }
    expect(wrong).toEqual([]);
    expect(tokens.length).toBeGreaterThan(40);
    expect(await statusOf(forger.mint())).toBe(200);
    expect(server.log()).not.toMatch(/eyJ|Traceback/);
  });

  it('PD-04 takes no token that is bound to a key, since it asks for no proof of that', async () => {
    const jkt = '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I';
    const bound = [{ jkt }, { 'x5t#S256': jkt }, {}, null].map((cnf) => forger.mint({ cnf }));
    expect(await Promise.all(bound.map(statusOf))).toEqual(bound.map(() => 401));
    expect(await statusOf(forger.mint())).toBe(200);
  });

  it('RS-08 asks for keys once, however many ids are made up', async () => {
    const before = forger.fetches;
    const made = Array.from({ length: 50 }, (_, index) => forger.mint({}, { kid: `made-up-${index}` }));
    expect(new Set(await Promise.all(made.map(statusOf)))).toEqual(new Set([401]));
    expect(forger.fetches - before).toBeLessThanOrEqual(1);
    expect(await statusOf(forger.mint())).toBe(200);
  });

  it('RS-10 RS-12 takes a token from one header alone, and scopes as they are spelt', async () => {
    const token = forger.mint();
    const inQuery = await fetch(`${server.url}?access_token=${token}`, { method: 'POST', body: '{}' });
    expect(inQuery.status).toBe(401);
    expect(inQuery.headers.get('www-authenticate')).not.toContain('error');
    expect(server.log()).not.toContain('eyJ');
    const lower = await postMcp(server.url, undefined, LISBON, { authorization: `bearer ${token}` });
    expect(lower.status).toBe(200);
    const two = await postMcp(server.url, undefined, LISBON, { authorization: `Bearer ${token}, Bearer ${token}` });
    expect(two.status).toBe(401);
    const { host, port } = new URL(server.url);
    const header = `Authorization: Bearer ${token}\r\n`;
    const head = `POST /mcp HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\nContent-Length: 0\r\n`;
    expect(statusesOf(await rawRequest(Number(port), `${head}${header}${header}\r\n`))).toEqual([400]);
    for (const scope of ['', 'weather:readwrite', 'WEATHER:READ', 'weather:read,x', '*']) {
      expect(await statusOf(forger.mint({ scope }))).toBe(403);
    }
  });

  it('answers what it cannot read with what is wrong about it, and goes on', async () => {
    const token = forger.mint();
    const post = (message: unknown, headers = {}) => postMcp(server.url, token, message, headers);
    const statuses = await Promise.all(
      [
        post('{'),
        post('['.repeat(100_000)),
        post([initializeRequest()]),
        post({ jsonrpc: '2.0', id: null, method: 'ping' }),
        post({ jsonrpc: '2.0', id: 1, method: 'ping', params: [] }),
        post(LISBON, { 'mcp-protocol-version': '1999-01-01' }),
        post(LISBON, { origin: 'https://attacker.example.com' }),
        post({ jsonrpc: '2.0', method: 'notifications/initialized' }),
        post('x'.repeat(2 * 1024 * 1024)).catch(() => ({ status: 413 })),
        fetch(server.url, { headers: { authorization: `Bearer ${token}` } }),
        fetch(`${server.url}/other`),
      ].map(async (response) => (await response).status),
    );
    expect(statuses).toEqual([400, 400, 400, 400, 400, 400, 403, 202, 413, 405, 404]);
    expect(await jsonRpcOf(await post({ jsonrpc: '2.0', id: 7, method: 'ping' }))).toMatchObject({ id: 7, result: {} });
    const unknown = await jsonRpcOf(await post({ jsonrpc: '2.0', id: 8, method: 'prompts/list' }));
    expect(unknown).toMatchObject({ id: 8, error: { code: -32601 } });
    const newest = await jsonRpcOf(await post(initializeRequest('2099-01-01')));
    expect(newest).toMatchObject({ result: { protocolVersion: '2025-11-25' } });
    expect(server.log()).not.toContain('Traceback');
  });
});

it('RS-09 the keys of the Python server come and go as its own tests say', async () => {
  // The runner of Python reports on the stream of errors.
  const { stderr } = await runPython(['-m', 'unittest', 'access_tokens_test']);
  expect(stderr).toMatch(/^Ran 4 tests in .*\n\nOK\n$/m);
});
