import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type AuthorizedClient, authorizedClient } from '../support/authorized.js';
import { type Gate, RELAXED_LIMITS, startGate } from '../support/gate.js';
import { initializeRequest, jsonRpcOf, postMcp } from '../support/oauth.js';
import { rawRequest, statusesOf } from '../support/raw-request.js';
import { type RecordingUpstream, startRecordingUpstream } from '../support/recording-upstream.js';

let gate: Gate;
let upstream: RecordingUpstream;
let alice: AuthorizedClient;
let accessToken: string;

const files = (): string => `${gate.origin}/files/mcp`;
const call = (name: string): unknown => ({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name } });
const prm = (name: string): string => `${gate.origin}/.well-known/oauth-protected-resource/${name}/mcp`;

beforeAll(async () => {
  upstream = await startRecordingUpstream();
  gate = await startGate({
    config: `
upstreams:
  - name: files
    url: ${upstream.url}
    headers:
      x-upstream-key: plain-value
  - name: mail
    url: ${upstream.url}
${RELAXED_LIMITS}`,
  });
  alice = await authorizedClient(gate, { resource: files(), scope: 'mcp:tools:read mcp:tools:execute' });
  accessToken = alice.tokens.access_token;
});

afterAll(async () => {
  await gate?.stop();
  await upstream?.close();
});

beforeEach(() => {
  upstream.requests.length = 0;
});

describe('what a token opens', () => {
  it('RS-11 answers no token with a bare challenge that leads to the metadata', async () => {
    const response = await postMcp(files(), undefined, call('x'));
    expect(response.status).toBe(401);
    const challenge = response.headers.get('www-authenticate') ?? '';
    expect(challenge).toContain(`resource_metadata="${prm('files')}"`);
    expect(challenge).toContain('scope="');
    expect(challenge).not.toContain('error');
    expect(challenge).not.toContain('offline_access');
    const metadata = (await (await fetch(prm('files'))).json()) as Record<string, unknown>;
    expect(metadata).toMatchObject({ resource: files(), authorization_servers: [gate.origin] });
    expect(upstream.requests).toHaveLength(0);
  });

  it('RS-05 a token for one upstream is worthless at another', async () => {
    expect((await postMcp(files(), accessToken, call('x'))).status).toBe(200);
    upstream.requests.length = 0;
    const response = await postMcp(`${gate.origin}/mail/mcp`, accessToken, call('x'));
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toContain('error="invalid_token"');
    expect(upstream.requests).toHaveLength(0);
  });

  it('RS-11 a scope that is missing is one 403 that names all that is needed', async () => {
    const response = await postMcp(files(), accessToken, { jsonrpc: '2.0', id: 1, method: 'resources/list' });
    expect(response.status).toBe(403);
    const challenge = response.headers.get('www-authenticate') ?? '';
    expect(challenge).toContain('error="insufficient_scope"');
    // Clients before 2026-07-28 replace their scopes, so the challenge keeps what this token already has.
    const scope = /scope="([^"]*)"/.exec(challenge)?.[1]?.split(' ').sort();
    expect(scope).toEqual(['mcp:resources:read', 'mcp:tools:execute', 'mcp:tools:read']);
    expect(upstream.requests).toHaveLength(0);
  });

  it('RS-11 a client on 2026-07-28 hears of what this operation needs, no more', async () => {
    const message = {
      jsonrpc: '2.0',
      id: 1,
      method: 'resources/list',
      params: { _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' } },
    };
    const headers = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'resources/list' };
    const response = await postMcp(files(), accessToken, message, headers);
    expect(response.status).toBe(403);
    expect(/scope="([^"]*)"/.exec(response.headers.get('www-authenticate') ?? '')?.[1]).toBe('mcp:resources:read');
  });

  it('has no root metadata where there are several resources', async () => {
    expect((await fetch(`${gate.origin}/.well-known/oauth-protected-resource`)).status).toBe(404);
  });
});

describe('what the upstream sees', () => {
  it('GW-01, GW-02, GW-03 only what is on the list, never a credential', async () => {
    const body = JSON.stringify(call('x'));
    const answer = await rawRequest(
      gate.port,
      [
        'POST /files/mcp HTTP/1.1',
        `Host: 127.0.0.1:${gate.port}`,
        `Authorization: Bearer ${accessToken}`,
        'Content-Type: application/json',
        'Accept: application/json, text/event-stream',
        'Cookie: a=b',
        'Proxy-Authorization: Basic eA==',
        'DPoP: proof',
        'X-Api-Key: secret',
        'Portcullis-Assertion: forged',
        'portcullis_assertion: forged',
        'PORTCULLIS-ASSERTION: forged again',
        'X-Forwarded-User: root',
        'X-Remote-User: root',
        'X-Forwarded-For: 1.2.3.4',
        'Forwarded: for=1.2.3.4',
        'X-HTTP-Method-Override: DELETE',
        'Traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
        'Mcp-Param-Region: eu',
        'Connection: close',
        'Transfer-Encoding: chunked',
        'Trailer: Portcullis-Assertion',
        '',
        body.length.toString(16),
        body,
        '0',
        'Portcullis-Assertion: forged in a trailer',
        '',
        '',
      ].join('\r\n'),
    );
    expect(statusesOf(answer)).toEqual([200]);
    const [seen] = upstream.requests;
    const names = (seen?.rawHeaders ?? []).filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
    const allowed = [
      'host',
      'connection',
      'content-length',
      'transfer-encoding',
      'accept',
      'content-type',
      'user-agent',
    ];
    expect(names.filter((name) => !allowed.includes(name)).sort()).toEqual([
      'mcp-param-region',
      'traceparent',
      'x-upstream-key',
    ]);
    expect(seen?.rawTrailers).toEqual([]);
    expect(JSON.stringify(seen)).not.toContain(accessToken);
    expect(JSON.stringify(seen)).not.toContain('forged');
  });

  it('ADR 0003 the exact text, numbers beyond 2^53 included', async () => {
    const text =
      '{ "jsonrpc":"2.0","id":9007199254740991, "method":"tools/call","params":{"name":"x","arguments":{"big":12345678901234567890,"e":1.50}}}';
    expect((await postMcp(files(), accessToken, text)).status).toBe(200);
    expect(upstream.requests[0]?.body).toBe(text);
  });
});

describe('what never reaches an upstream', () => {
  it.each([
    ['a duplicate member', '{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call"}', 400],
    ['an escaped twin', '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","\\u006eame":"b"}}', 400],
    ['two values', '{"jsonrpc":"2.0","id":1,"method":"ping"} {}', 400],
    ['a comment', '{"jsonrpc":"2.0","id":1,/**/"method":"ping"}', 400],
    ['a byte order mark', '\ufeff{"jsonrpc":"2.0","id":1,"method":"ping"}', 400],
    ['an infinite id', '{"jsonrpc":"2.0","id":1e400,"method":"ping"}', 400],
    ['depth', `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":${'['.repeat(10_000)}`, 400],
    ['an unknown method', '{"jsonrpc":"2.0","id":1,"method":"tasks/get","params":{}}', 200],
    [
      'more than 4 MiB',
      JSON.stringify({ ...(call('x') as object), params: { name: 'x', a: 'y'.repeat(4 << 20) } }),
      413,
    ],
  ])('GW-09, GW-10, GW-11 %s', async (_what, body, status) => {
    const response = await postMcp(files(), accessToken, body);
    expect(response.status).toBe(status);
    expect(await response.text()).toContain('"error"');
    expect(upstream.requests).toHaveLength(0);
  });

  it.each([
    ['gzip', { 'content-encoding': 'gzip' }, 415],
    ['another media type', { 'content-type': 'text/plain; a=application/json' }, 415],
    ['a foreign origin', { origin: 'https://evil.test' }, 403],
    ['the origin null', { origin: 'null' }, 403],
    [
      'Mcp-Name of another tool',
      { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': 'y' },
      400,
    ],
    ['a foreign session', { 'mcp-session-id': 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' }, 404],
  ])('GW-06, GW-08, GW-10, GW-12 %s', async (_what, headers, status) => {
    const response = await postMcp(files(), accessToken, call('x'), headers as Record<string, string>);
    expect(response.status).toBe(status);
    expect(upstream.requests).toHaveLength(0);
  });

  it('GW-07 a batch, at every revision but 2025-03-26, and there only as a whole', async () => {
    const batch = [call('a'), { jsonrpc: '2.0', id: 2, method: 'resources/list' }];
    for (const revision of ['2025-06-18', '2025-11-25', '2026-07-28']) {
      const response = await postMcp(files(), accessToken, batch, { 'mcp-protocol-version': revision });
      expect(response.status).toBe(400);
    }
    expect((await postMcp(files(), accessToken, batch)).status).toBe(403);
    expect(upstream.requests).toHaveLength(0);
  });

  it.each([
    '/livez/../files/mcp',
    '/%2e%2e/files/mcp',
    '//files/mcp',
    '/.well-known/oauth-protected-resource/..%2f..%2ffiles/mcp',
    '/files/mcp;x',
    '/files/mcp%23',
    '/files//mcp',
    '/FILES/mcp',
    '/files/mcp/',
    '/files%2fmcp',
    '/files\\mcp',
  ])('GW-04 the path %s', async (path) => {
    const body = JSON.stringify(call('x'));
    const lines = [
      `POST ${path} HTTP/1.1`,
      `Host: 127.0.0.1:${gate.port}`,
      `Authorization: Bearer ${accessToken}`,
      'Content-Type: application/json',
      `Content-Length: ${body.length}`,
      'Connection: close',
    ];
    const [status] = statusesOf(await rawRequest(gate.port, `${lines.join('\r\n')}\r\n\r\n${body}`));
    expect([400, 401, 404, 405]).toContain(status);
    expect(upstream.requests).toHaveLength(0);
  });

  it.each([
    ['Content-Length and Transfer-Encoding', 'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n'],
    ['two Content-Lengths', 'Content-Length: 5\r\nContent-Length: 6\r\n'],
    ['a space before the colon', 'Transfer-Encoding : chunked\r\n'],
    ['an unknown transfer coding', 'Transfer-Encoding: chunked, identity\r\n'],
    ['a folded header', 'X-A: b\r\n c\r\nContent-Length: 2\r\n'],
    ['NUL in a header', 'X-A: b\u0000c\r\nContent-Length: 2\r\n'],
    ['two hosts', 'Host: evil.test\r\nContent-Length: 2\r\n'],
  ])('GW-05 %s', async (_what, header) => {
    const head = `POST /files/mcp HTTP/1.1\r\nHost: 127.0.0.1:${gate.port}\r\nAuthorization: Bearer ${accessToken}\r\nContent-Type: application/json\r\n`;
    const answer = await rawRequest(gate.port, `${head}${header}\r\n{}GET /livez HTTP/1.1\r\nHost: x\r\n\r\n`);
    expect(statusesOf(answer)).toEqual([400]);
    expect(upstream.requests).toHaveLength(0);
  });

  it('RS-10 two Authorization headers, or a token in the query', async () => {
    const request = (path: string, headers: string): Promise<string> =>
      rawRequest(
        gate.port,
        `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${gate.port}\r\n${headers}Content-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}`,
      );
    const bearer = `Authorization: Bearer ${accessToken}\r\n`;
    expect(statusesOf(await request('/files/mcp', bearer + bearer))).toEqual([400]);
    expect(statusesOf(await request(`/files/mcp?access_token=${accessToken}`, ''))).toEqual([401]);
    expect(statusesOf(await request(`/files/mcp?access_token=${accessToken}`, bearer))).toEqual([400]);
    expect(upstream.requests).toHaveLength(0);
  });

  it('GW-06 a foreign Host; health answers on any', async () => {
    const at = async (path: string, host: string): Promise<number | undefined> =>
      statusesOf(await rawRequest(gate.port, `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`))[0];
    expect(await at('/files/mcp', 'evil.test')).toBe(403);
    expect(await at('/.well-known/oauth-authorization-server', 'evil.test')).toBe(403);
    expect(await at('/livez', 'evil.test')).toBe(200);
    expect(await at('/readyz', '10.0.0.7')).toBe(200);
  });

  it('GW-03 URLs come from the configuration, whatever the headers say', async () => {
    const headers = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'evil.test', forwarded: 'host=evil.test' };
    const challenge = (await postMcp(files(), undefined, call('x'), headers)).headers.get('www-authenticate');
    expect(challenge).toContain(`resource_metadata="${prm('files')}"`);
    const metadata = await (await fetch(`${gate.origin}/.well-known/oauth-authorization-server`, { headers })).text();
    expect(metadata).not.toContain('evil.test');
  });
});

describe('what an upstream cannot do', () => {
  it.each([
    ['redirect the gate', 302, { location: 'http://169.254.169.254/' }, 502],
    ['challenge for credentials', 401, { 'www-authenticate': 'Bearer resource_metadata="http://evil.test"' }, 502],
  ])('GW-15 %s', async (_what, status, headers, expected) => {
    upstream.answer = (_request, response) => response.writeHead(status, headers as Record<string, string>).end();
    const response = await postMcp(files(), accessToken, call('x'));
    expect(response.status).toBe(expected);
    expect(response.headers.get('www-authenticate') ?? '').not.toContain('evil.test');
    expect(response.headers.get('location')).toBeNull();
  });

  it('GW-15 set cookies or widen CORS', async () => {
    upstream.answer = (_request, response) =>
      response
        .writeHead(200, {
          'content-type': 'application/json',
          'set-cookie': 'a=b',
          'access-control-allow-origin': '*',
          server: 'upstream',
        })
        .end('{"jsonrpc":"2.0","id":1,"result":{}}');
    const { headers } = await postMcp(files(), accessToken, call('x'));
    expect([headers.get('set-cookie'), headers.get('access-control-allow-origin'), headers.get('server')]).toEqual([
      null,
      null,
      null,
    ]);
  });

  it('GW-12 hand its session to another caller', async () => {
    upstream.answer = (_request, response) =>
      response
        .writeHead(200, { 'content-type': 'application/json', 'mcp-session-id': 'upstream-session-1' })
        .end('{"jsonrpc":"2.0","id":0,"result":{}}');
    const opened = await postMcp(files(), accessToken, initializeRequest());
    await jsonRpcOf(opened);
    const sessionId = opened.headers.get('mcp-session-id') ?? '';
    expect(sessionId).not.toContain('upstream-session-1');

    const other = await authorizedClient(gate, { resource: files() });
    upstream.requests.length = 0;
    const stolen = await postMcp(files(), other.tokens.access_token, call('x'), { 'mcp-session-id': sessionId });
    expect(stolen.status).toBe(404);
    expect(upstream.requests).toHaveLength(0);

    const renewed = (await (await alice.client.refresh(alice.tokens.refresh_token)).json()) as { access_token: string };
    await postMcp(files(), renewed.access_token, call('x'), { 'mcp-session-id': sessionId });
    const names = upstream.requests[0]?.rawHeaders.map((text) => text.toLowerCase()) ?? [];
    expect(names[names.indexOf('mcp-session-id') + 1]).toBe('upstream-session-1');
  });

  it('F-09 be down and take the gate with it', async () => {
    upstream.answer = (request) => request.socket.destroy();
    const response = await postMcp(files(), accessToken, call('x'));
    expect(response.status).toBe(502);
    expect(await jsonRpcOf(response)).toMatchObject({ jsonrpc: '2.0', id: 1, error: { code: -32000 } });
  });
});

describe('what is written down', () => {
  it('G3, GW-18 every decision is a line with its correlation id, and no secret is in any of them', () => {
    const lines = gate.log();
    const types = new Set(lines.map((line) => line['type']));
    for (const type of [
      'client.registered',
      'authorization.requested',
      'user.signed_in',
      'consent.granted',
      'authorization_code.redeemed',
      'refresh_token.rotated',
      'mcp.request_allowed',
      'mcp.request_denied',
      'access_token.refused',
      'request.refused',
      'session.refused',
      'upstream.failed',
    ]) {
      expect(types, type).toContain(type);
    }
    const ofRequests = lines.filter((line) => String(line['type']).startsWith('mcp.request_'));
    expect(ofRequests.every((line) => typeof line['correlationId'] === 'string')).toBe(true);
    const output = gate.running.stdout() + gate.running.stderr();
    const secrets = [
      accessToken,
      alice.tokens.refresh_token,
      alice.code,
      alice.client.codeVerifier,
      gate.password,
      'plain-value',
    ];
    for (const secret of secrets) expect(output.includes(secret)).toBe(false);
  });
});
