import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ALL_SCOPES, call, errorOf, METADATA_URL, TestGate } from './testing/test-gate.js';

const MODERN = '2026-07-28';
const modernMeta = { _meta: { 'io.modelcontextprotocol/protocolVersion': MODERN } };

let gate: TestGate;
beforeEach(async () => {
  gate = await TestGate.open();
});
afterEach(() => gate.close());

describe('methods and origins', () => {
  it('answers 405 with Allow to any other method', async () => {
    for (const method of ['PUT', 'PATCH', 'HEAD', 'TRACE']) {
      const answer = await gate.send(method);
      expect(answer.status).toBe(405);
      expect(answer.headers['allow']).toBe('GET, POST, DELETE, OPTIONS');
    }
    expect(gate.seen).toHaveLength(0);
  });

  it('GW-06 refuses foreign, null, look-alike and unparsable origins before the token is looked at', async () => {
    for (const origin of [
      'https://evil.test',
      'null',
      'https://gate.test.evil',
      'https://app.test/',
      '::',
      'http://gate.test',
    ]) {
      const answer = await gate.post(call('ping'), { origin });
      expect(answer.status, origin).toBe(403);
      expect(answer.headers['access-control-allow-origin']).toBeUndefined();
      expect(errorOf(answer).id).toBeNull();
    }
    expect(gate.seen).toHaveLength(0);
    expect(gate.eventTypes()).toContain('request.refused:origin_not_allowed');
  });

  it('GW-06 names exactly the allowed origin, never a wildcard, never credentials', async () => {
    const answer = await gate.post(call('ping'), { origin: 'https://app.test' });
    expect(answer.status).toBe(200);
    expect(answer.headers['access-control-allow-origin']).toBe('https://app.test');
    expect(answer.headers['access-control-allow-credentials']).toBeUndefined();
    expect(answer.headers['access-control-expose-headers']).toMatch(/Mcp-Session-Id.*WWW-Authenticate/);
    const refused = await gate.post(call('ping'), { origin: 'https://app.test', authorization: '' });
    expect(refused.status).toBe(401);
    expect(refused.headers['access-control-allow-origin']).toBe('https://app.test');
  });

  it('answers a preflight without a token, and lets parameter headers through by name only', async () => {
    const answer = await gate.send('OPTIONS', {
      origin: 'https://app.test',
      authorization: '',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'mcp-param-region, x-evil, authorization',
    });
    expect(answer.status).toBe(204);
    expect(answer.headers['access-control-allow-headers']).toContain('mcp-param-region');
    expect(answer.headers['access-control-allow-headers']).not.toContain('x-evil');
    expect(gate.seen).toHaveLength(0);
  });
});

describe('the access token', () => {
  const bare = `Bearer scope="${ALL_SCOPES.join(' ')}", resource_metadata="${METADATA_URL}"`;

  it('RS-11 answers a bare challenge without a token and to another scheme', async () => {
    for (const authorization of ['', 'Basic eDp5', 'DPoPat-alice']) {
      const answer = await gate.post(call('ping'), { authorization });
      expect(answer.status).toBe(401);
      expect(answer.headers['www-authenticate']).toBe(bare);
    }
    expect(gate.seen).toHaveLength(0);
    expect(gate.eventTypes()).toEqual(Array(3).fill('access_token.refused:missing'));
  });

  it('RS-11 answers invalid_token to a token that is not good, without saying why', async () => {
    gate.issue('late', { expiresAtEpochSeconds: gate.now() - 1 });
    gate.issue('other', { resource: 'https://gate.test/mail/mcp' });
    gate.issue('crossing', { tenantId: 'b' });
    const answers = [];
    for (const token of ['at-unknown', 'at-late', 'at-other', 'at-crossing']) {
      answers.push(await gate.post(call('ping'), { authorization: `Bearer ${token}` }));
    }
    for (const answer of answers) {
      expect(answer.status).toBe(401);
      expect(answer.headers['www-authenticate']).toContain('error="invalid_token"');
      expect(answer.headers['www-authenticate']).toContain(`resource_metadata="${METADATA_URL}"`);
      expect(answer.body).toBe(answers[0]?.body);
    }
    expect(gate.events.map(({ reason }) => reason)).toEqual([
      'bad_signature',
      'expired',
      'wrong_audience',
      'wrong_tenant',
    ]);
    expect(gate.seen).toHaveLength(0);
  });

  it('RS-10 takes a token from one Authorization header only', async () => {
    const query = await gate.send(
      'POST',
      { 'content-type': 'application/json', authorization: '' },
      '{}',
      '/files/mcp?access_token=at-alice',
    );
    expect(query.status).toBe(401);
    expect(query.headers['www-authenticate']).toBe(bare);
    const both = await gate.send(
      'POST',
      { 'content-type': 'application/json' },
      '{}',
      '/files/mcp?access_token=at-alice',
    );
    expect(both.status).toBe(400);
    expect(both.headers['www-authenticate']).toContain('error="invalid_request"');
    const list = await gate.post(call('ping'), { authorization: 'Bearer at-alice, Bearer at-alice' });
    expect(list.status).toBe(400);
    const twice = await gate.raw(
      'POST /files/mcp HTTP/1.1\r\nHost: gate.test\r\nAuthorization: Bearer at-alice\r\nauthorization: Bearer at-alice\r\n' +
        'Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}',
    );
    expect(twice).toMatch(/^HTTP\/1\.1 400 /);
    const form = await gate.send(
      'POST',
      { 'content-type': 'application/x-www-form-urlencoded', authorization: '' },
      'access_token=at-alice',
    );
    expect(form.status).toBe(401);
    expect(gate.seen).toHaveLength(0);
    const lower = await gate.post(call('ping'), { authorization: 'bearer at-alice' });
    expect(lower.status).toBe(200);
    expect(JSON.stringify(gate.events)).not.toContain('at-alice');
  });

  it('answers 429 with Retry-After when the limit is reached, before the body is read', async () => {
    gate.limitReached = true;
    const answer = await gate.post('not even json');
    expect(answer.status).toBe(429);
    expect(answer.headers['retry-after']).toBe('7');
    expect(gate.eventTypes()).toEqual(['rate_limit.exceeded:too_many_requests']);
    expect(gate.events[0]?.rule).toBe('mcp');
  });

  it('opens nothing new while revocations are not heard of, and serves the rest', async () => {
    gate.isBlind = true;
    for (const answer of [
      await gate.post(call('initialize', {})),
      await gate.send('GET'),
      await gate.post(call('subscriptions/listen', { ...modernMeta, notifications: {} }), {
        'mcp-protocol-version': MODERN,
        'mcp-method': 'subscriptions/listen',
      }),
    ]) {
      expect(answer.status).toBe(503);
      expect(answer.headers['retry-after']).toBe('5');
    }
    expect(gate.seen).toHaveLength(0);
    expect((await gate.post(call('tools/list'))).status).toBe(200);
  });
});

describe('policy', () => {
  it('RS-11 GW-11 names every needed scope; before 2026-07-28 also those the token has', async () => {
    gate.issue('reader', { scopes: ['mcp:tools:read', 'offline_access'] });
    const authorization = 'Bearer at-reader';
    const params = { name: 'delete "file"\r\nX-Evil: 1' };
    const legacy = await gate.post(call('tools/call', params, 9), { authorization });
    expect(legacy.status).toBe(403);
    expect(legacy.headers['www-authenticate']).toBe(
      `Bearer error="insufficient_scope", scope="mcp:tools:execute mcp:tools:read", resource_metadata="${METADATA_URL}"`,
    );
    expect(legacy.headers['x-evil']).toBeUndefined();
    expect(errorOf(legacy).id).toBe(9);
    const modern = await gate.post(call('tools/call', { ...modernMeta, name: 'x' }), {
      authorization,
      'mcp-protocol-version': MODERN,
      'mcp-method': 'tools/call',
      'mcp-name': 'x',
    });
    expect(modern.status).toBe(403);
    expect(modern.headers['www-authenticate']).toContain('scope="mcp:tools:execute"');
    expect(gate.seen).toHaveLength(0);
    expect(gate.events[0]).toMatchObject({ type: 'mcp.request_denied', method: 'tools/call', target: params.name });
  });

  it('GW-11 answers an unknown method as unknown, in the way of each era', async () => {
    const legacy = await gate.post(call('tasks/get', { taskId: 't' }, 'x'));
    expect([legacy.status, errorOf(legacy)]).toMatchObject([200, { id: 'x', code: -32601 }]);
    const modern = await gate.post(call('tasks/get', { ...modernMeta, taskId: 't' }), {
      'mcp-protocol-version': MODERN,
      'mcp-method': 'tasks/get',
    });
    expect([modern.status, errorOf(modern).code]).toEqual([404, -32601]);
    const unnamed = await gate.post(call('tools/call', {}));
    expect([unnamed.status, errorOf(unnamed).code]).toEqual([200, -32602]);
    expect(gate.seen).toHaveLength(0);
  });

  it('GW-18 bounds what a stranger writes into an event', async () => {
    await gate.post(call('tools/call', { name: `${'n'.repeat(254)}\u{1f600}${'n'.repeat(1000)}` }));
    expect(gate.events[0]?.target).toBe(`${'n'.repeat(254)}…`);
  });
});

describe('batches', () => {
  const batch = [call('tools/list'), call('tools/call', { name: 'delete_file' }, 2)];

  it('GW-07 refuses one in every revision but 2025-03-26', async () => {
    for (const version of ['2025-06-18', '2025-11-25', MODERN]) {
      const answer = await gate.post(batch, { 'mcp-protocol-version': version });
      expect([answer.status, errorOf(answer).code]).toEqual([400, -32600]);
    }
    const long = Array.from({ length: 10_000 }, (_, id) => call('ping', {}, id));
    expect((await gate.post(long)).status).toBe(400);
    expect((await gate.post([[call('ping')]])).status).toBe(400);
    expect((await gate.post([call('initialize', {})])).status).toBe(400);
    expect(gate.seen).toHaveLength(0);
  });

  it('GW-07 counts every element against the rate limit', async () => {
    gate.allowance = 5;
    const three = [call('ping', {}, 1), call('ping', {}, 2), call('ping', {}, 3)];
    expect((await gate.post(three)).status).toBe(200);
    const refused = await gate.post(three);
    expect([refused.status, refused.headers['retry-after']]).toEqual([429, '7']);
    expect(gate.seen).toHaveLength(1);
  });

  it('GW-07 authorises every element, and one denial refuses all', async () => {
    gate.issue('reader', { scopes: ['mcp:tools:read'] });
    for (const headers of [{}, { 'mcp-protocol-version': '2025-03-26' }]) {
      const answer = await gate.post(batch, { ...headers, authorization: 'Bearer at-reader' });
      expect(answer.status).toBe(403);
    }
    expect(gate.seen).toHaveLength(0);
    gate.script = (_seen, response) => response.writeHead(202).end();
    expect((await gate.post(batch)).status).toBe(202);
    expect(gate.eventTypes().slice(-2)).toEqual(['mcp.request_allowed', 'mcp.request_allowed']);
  });
});

describe('headers and body', () => {
  const params = { ...modernMeta, name: 'read_file' };
  const headers = { 'mcp-protocol-version': MODERN, 'mcp-method': 'tools/call', 'mcp-name': 'read_file' };

  it('GW-08 forwards a request whose headers mirror its body', async () => {
    expect((await gate.post(call('tools/call', params), headers)).status).toBe(200);
    const name = 'größe "x"';
    const encoded = `=?base64?${Buffer.from(name).toString('base64')}?=`;
    const answer = await gate.post(call('tools/call', { ...params, name }), {
      ...headers,
      'mcp-name': encoded,
      'mcp-param-region': 'us',
    });
    expect(answer.status).toBe(200);
    expect(gate.seen[1]?.headers).toMatchObject({ 'mcp-name': encoded, 'mcp-param-region': 'us' });
  });

  it('GW-08 refuses every disagreement with -32020', async () => {
    const older = { _meta: { 'io.modelcontextprotocol/protocolVersion': '2025-11-25' }, name: 'read_file' };
    const cases: [object, Record<string, string | string[]>][] = [
      [{ ...params, name: 'delete_file' }, headers],
      [params, { ...headers, 'mcp-method': 'tools/list' }],
      [params, { 'mcp-protocol-version': MODERN, 'mcp-name': 'read_file' }],
      [params, { 'mcp-protocol-version': MODERN, 'mcp-method': 'tools/call' }],
      [params, { ...headers, 'mcp-method': ['tools/call', 'tools/call'] }],
      [params, { ...headers, 'mcp-name': ['read_file', 'read_file'] }],
      [params, { ...headers, 'mcp-protocol-version': [MODERN, MODERN] }],
      [params, { ...headers, 'mcp-name': '=?base64?cmVhZF9maWxl!?=' }],
      [params, { ...headers, 'mcp-name': 'Read_File' }],
      [older, headers],
      [params, { ...headers, 'mcp-protocol-version': '2025-11-25' }],
      [params, { 'mcp-method': 'tools/call', 'mcp-name': 'read_file' }],
      [{ name: 'delete_file' }, { 'mcp-protocol-version': '2025-11-25', 'mcp-name': 'read_file' }],
    ];
    for (const [body, sent] of cases) {
      const answer = await gate.post(call('tools/call', { ...body }), sent);
      expect([answer.status, errorOf(answer).code], JSON.stringify(sent)).toEqual([400, -32020]);
    }
    const noClaim = await gate.post(call('tools/call', { name: 'read_file' }), headers);
    expect([noClaim.status, errorOf(noClaim).code]).toEqual([400, -32602]);
    expect(gate.seen).toHaveLength(0);
  });

  it('GW-09 refuses bodies that two parsers could read differently', async () => {
    const texts: (string | Buffer)[] = [
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","name":"b"}}',
      '{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call"}',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","\\u006eame":"b"}}',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{},"params":{"name":"b"}}',
      '\ufeff{"jsonrpc":"2.0","id":1,"method":"ping"}',
      '{"jsonrpc":"2.0","id":1,"method":"ping"} x',
      '{"jsonrpc":"2.0","id":1,"method":"ping"}{"jsonrpc":"2.0","id":2,"method":"ping"}',
      Buffer.from('{"jsonrpc":"2.0","id":1,"method":"ping"}', 'utf16le'),
      '{"jsonrpc":"2.0",/* */"id":1,"method":"ping"}',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","__proto__":{"x":1}}}',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","Name":"b"}}',
      '{"jsonrpc":"2.0","id":1e400,"method":"ping"}',
      '',
    ];
    for (const text of texts) {
      const answer = await gate.post(text);
      expect(answer.status, String(text)).toBe(400);
      expect([-32700, -32600]).toContain(errorOf(answer).code);
    }
    expect(({} as { x?: number }).x).toBeUndefined();
    expect(gate.seen).toHaveLength(0);
  });

  it('GW-10 refuses what it could not inspect whole', async () => {
    const big = JSON.stringify(call('tools/call', { pad: 'x'.repeat(4 * 1024 * 1024), name: 'delete_file' }));
    expect((await gate.post(big)).status).toBe(413);
    const chunked = await gate.post(big, { 'transfer-encoding': 'chunked' }).catch(() => undefined);
    expect(chunked === undefined || chunked.status === 413).toBe(true);
    expect(gate.eventTypes().filter((type) => type === 'request.refused:body_too_large')).toHaveLength(2);
    for (const coding of ['gzip', 'br']) {
      const { status, headers } = await gate.post(call('ping'), { 'content-encoding': coding });
      expect([status, headers['accept-encoding']]).toEqual([415, 'identity']);
    }
    for (const type of [
      'multipart/form-data; boundary=x',
      'text/plain; a=application/json',
      'application/json; charset=utf-16',
      'application/jsonx',
    ]) {
      expect((await gate.post(call('ping'), { 'content-type': type })).status, type).toBe(415);
    }
    expect((await gate.send('POST', {}, '{}')).status).toBe(415);
    const gzip = await gate.raw(
      'POST /files/mcp HTTP/1.1\r\nHost: gate.test\r\nAuthorization: Bearer at-alice\r\nContent-Type: application/json\r\n' +
        'Transfer-Encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n',
    );
    expect(gzip).toMatch(/^HTTP\/1\.1 (415|400) /);
    const deep = `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":${'['.repeat(10_000)}${']'.repeat(10_000)}}}`;
    expect((await gate.post(deep)).status).toBe(400);
    expect(gate.seen).toHaveLength(0);
    expect((await gate.post(call('ping'), { 'content-type': 'application/json; charset=UTF-8' })).status).toBe(200);
    expect((await gate.post(call('ping'), { 'content-encoding': '' })).status).toBe(200);
  });

  it('GW-10 lets a sender of too much read why, then closes the connection on it', async () => {
    const megabyte = Buffer.alloc(1024 * 1024, 0x20);
    for (const framing of ['Content-Length: 67108864', 'Transfer-Encoding: chunked']) {
      const socket = await gate.socket();
      let answer = '';
      let sent = 0;
      socket.setEncoding('latin1').on('data', (text) => {
        answer += text;
      });
      // In the end the connection is closed on a sender that never stops.
      socket.on('error', () => undefined);
      const pump = (): void => {
        if (socket.destroyed || sent === 64) return;
        sent += 1;
        const isChunk = framing.startsWith('Transfer');
        if (isChunk) socket.write('100000\r\n');
        socket.write(megabyte);
        socket.write(isChunk ? '\r\n' : '', () => setTimeout(pump, 20));
      };
      socket.write(
        `POST /files/mcp HTTP/1.1\r\nHost: gate.test\r\nAuthorization: Bearer at-alice\r\nContent-Type: application/json\r\n${framing}\r\n\r\n`,
      );
      pump();
      await new Promise((resolve) => socket.once('close', resolve));
      expect(answer).toMatch(/^HTTP\/1\.1 413 .*"error":/s);
      expect(sent).toBeLessThan(64);
    }
    expect(gate.seen).toHaveLength(0);
  });

  it('GW-05 refuses a second header of a kind that decides', async () => {
    for (const twice of ['Content-Type: application/json', 'Mcp-Session-Id: x', 'Origin: https://gate.test']) {
      const answer = await gate.raw(
        `POST /files/mcp HTTP/1.1\r\nHost: gate.test\r\nAuthorization: Bearer at-alice\r\n${twice}\r\n${twice}\r\n` +
          'Content-Length: 2\r\n\r\n{}',
      );
      expect(answer).toMatch(/^HTTP\/1\.1 40[03] /);
    }
    const body = await gate.send('GET', {}, '{}');
    expect(body.status).toBe(400);
    expect(gate.seen).toHaveLength(0);
  });
});

describe('sessions', () => {
  async function startSession(): Promise<string> {
    gate.script = (seen, response) => {
      const isKnown = seen.headers['mcp-session-id'] === 'inner-1' || seen.body.includes('"initialize"');
      response.writeHead(isKnown ? 200 : 404, { 'content-type': 'application/json', 'mcp-session-id': 'inner-1' });
      response.end('{"jsonrpc":"2.0","id":1,"result":{}}');
    };
    const answer = await gate.post(call('initialize', {}));
    return String(answer.headers['mcp-session-id']);
  }

  it('GW-12 shows the client a sealed id and the upstream its own', async () => {
    const sealed = await startSession();
    expect(sealed).not.toContain('inner-1');
    const answer = await gate.post(call('tools/list'), { 'mcp-session-id': sealed });
    expect(answer.status).toBe(200);
    expect(answer.headers['mcp-session-id']).toBe(sealed);
    expect(gate.seen[1]?.headers['mcp-session-id']).toBe('inner-1');
  });

  it("GW-12 refuses another caller's session as unknown, and leaves it alive", async () => {
    const sealed = await startSession();
    gate.issue('bob');
    gate.issue('alice', { clientId: 'client-2' }, 'alice-other-client');
    gate.issue('alice', {}, 'alice-refreshed');
    const hits = gate.seen.length;
    for (const authorization of ['Bearer at-bob', 'Bearer at-alice-other-client']) {
      for (const answer of [
        await gate.post(call('tools/list'), { authorization, 'mcp-session-id': sealed }),
        await gate.send('GET', { authorization, 'mcp-session-id': sealed }),
        await gate.send('DELETE', { authorization, 'mcp-session-id': sealed }),
      ]) {
        expect([answer.status, errorOf(answer).code]).toEqual([404, -32001]);
      }
    }
    for (const invented of ['inner-1', 'x'.repeat(6000), sealed.slice(0, -2), `${sealed}!`, '"']) {
      const answer = await gate.post(call('tools/list'), { 'mcp-session-id': invented });
      expect(answer.status, invented).toBe(404);
    }
    expect(gate.seen).toHaveLength(hits);
    expect(gate.eventTypes()).toContain('session.refused:not_this_callers_session');
    const refreshed = { authorization: 'Bearer at-alice-refreshed', 'mcp-session-id': sealed };
    expect((await gate.post(call('tools/list'), refreshed)).status).toBe(200);
  });

  it('GW-12 keeps two sessions of one token apart, and an invented id out after a good one', async () => {
    let count = 0;
    gate.script = (seen, response) => {
      const own = seen.headers['mcp-session-id'];
      if (own === undefined) count += 1;
      response.writeHead(200, { 'content-type': 'application/json', 'mcp-session-id': own ?? `inner-${count}` });
      response.end('{"jsonrpc":"2.0","id":1,"result":{}}');
    };
    const first = String((await gate.post(call('initialize', {}))).headers['mcp-session-id']);
    const second = String((await gate.post(call('initialize', {}))).headers['mcp-session-id']);
    for (const sealed of [first, second, first]) {
      const answer = await gate.post(call('tools/list'), { 'mcp-session-id': sealed });
      expect(answer.headers['mcp-session-id']).toBe(sealed);
    }
    expect(gate.seen.slice(2).map(({ headers }) => headers['mcp-session-id'])).toEqual([
      'inner-1',
      'inner-2',
      'inner-1',
    ]);
    expect((await gate.post(call('tools/list'), { 'mcp-session-id': `${first}A` })).status).toBe(404);
  });

  it('neither mints nor takes a session id since 2026-07-28', async () => {
    await startSession();
    const answer = await gate.post(call('tools/list', modernMeta), {
      'mcp-protocol-version': MODERN,
      'mcp-method': 'tools/list',
      'mcp-session-id': 'anything',
    });
    expect(gate.seen[1]?.headers['mcp-session-id']).toBeUndefined();
    expect(answer.status).toBe(404);
    expect(answer.headers['mcp-session-id']).toBeUndefined();
  });
});

it('records one admission with who, what and where', async () => {
  await gate.post(call('tools/call', { name: 'echo' }));
  expect(gate.events).toEqual([
    {
      type: 'mcp.request_allowed',
      outcome: 'allowed',
      tenantId: 'default',
      occurredAtEpochSeconds: expect.any(Number),
      correlationId: 'c-1',
      network: '127.0.0.1',
      resource: 'https://gate.test/files/mcp',
      upstream: 'files',
      method: 'tools/call',
      target: 'echo',
      clientId: 'client-1',
      subject: 'alice',
      accessTokenId: 'jti-alice',
      grantId: 'grant-alice',
    },
  ]);
});

it('answers a fault of its own with 500, cuts what had begun, and tells the operator what it was', async () => {
  const fault = new Error('the canary is in the operator’s log only');
  let begins = false;
  await gate.close();
  gate = await TestGate.open({
    endpoint: {
      upstream: {
        exchange: (_call, reply) => {
          if (begins) reply.start(200, { 'content-type': 'text/event-stream' });
          throw fault;
        },
        dropCaller: () => undefined,
        close: async () => undefined,
      },
    },
  });
  const answer = await gate.post(call('ping', undefined, 9));
  expect([answer.status, errorOf(answer).id]).toEqual([500, 9]);
  expect(answer.body).not.toContain('canary');
  begins = true;
  await expect(gate.post(call('ping'))).rejects.toThrow();
  expect(gate.faults).toEqual([fault, fault]);
  expect(gate.eventTypes()).toContain('request.refused:internal_error');
});
