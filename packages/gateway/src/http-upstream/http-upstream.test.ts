import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer as createTcpServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { call, errorOf, TestGate, type TestGateOptions, until } from '../testing/test-gate.js';
import { createHttpUpstream } from './http-upstream.js';

let gate: TestGate;
async function openGate(options: TestGateOptions = {}): Promise<void> {
  gate = await TestGate.open(options);
}
afterEach(() => gate.close());

function startEvents(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.flushHeaders();
}

describe('what the upstream sees', () => {
  it('GW-01 GW-02 GW-19 is an allow-list, in whatever spelling, number or place the rest comes', async () => {
    await openGate({ upstream: { headers: { 'X-Upstream-Key': 'k', 'User-Agent': 'gate' } } });
    const answer = await gate.raw(
      'POST /files/mcp?x=/healthz HTTP/1.1\r\nHost: gate.test\r\nAuthorization: Bearer at-alice\r\nCookie: a=b\r\n' +
        'Proxy-Authorization: Basic x\r\nDPoP: proof\r\nX-Api-Key: k2\r\nPortcullis-Assertion: forged\r\n' +
        'portcullis_assertion: forged\r\nPORTCULLIS-ASSERTION: forged\r\nX-Forwarded-User: root\r\nX-Remote-User: root\r\n' +
        'X-Forwarded-For: 1.2.3.4\r\nForwarded: for=1.2.3.4\r\nX-Original-URL: /admin\r\nmcp_session_id: x\r\n' +
        'router-key: x\r\nMcp-Init-Host: evil.test\r\nX-HTTP-Method-Override: DELETE\r\nAccept-Encoding: gzip\r\n' +
        'Mcp-Param-Region: us\r\ntraceparent: 00-1-1-00\r\nUser-Agent: client\r\nAccept: application/json\r\n' +
        'Content-Type: application/json\r\nTransfer-Encoding: chunked\r\nTrailer: Portcullis-Assertion\r\n\r\n' +
        '28\r\n{"jsonrpc":"2.0","id":1,"method":"ping"}\r\n0\r\nPortcullis-Assertion: forged\r\nAuthorization: Bearer t\r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    const [seen] = gate.seen;
    expect(seen?.url).toBe('/inner/mcp?key=1');
    expect(seen?.trailers).toEqual({});
    const names = seen?.rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
    expect(names?.sort()).toEqual([
      'accept',
      'connection',
      'content-length',
      'content-type',
      'host',
      'mcp-param-region',
      'traceparent',
      'user-agent',
      'x-upstream-key',
    ]);
    expect(seen?.headers['user-agent']).toBe('gate');
    expect(seen?.body).toBe('{"jsonrpc":"2.0","id":1,"method":"ping"}');
    expect(JSON.stringify(gate.seen)).not.toContain('at-alice');
  });

  it('GW-01 gets the exact bytes of the body', async () => {
    await openGate();
    const text =
      '{ "jsonrpc":"2.0", "id":1, "method":"tools/call",\n"params":{"name":"a","arguments":{"n":90071992547409931}}}';
    await gate.post(text);
    expect(gate.seen[0]?.body).toBe(text);
  });

  it('refuses at construction what could never be sent', () => {
    for (const url of ['ftp://127.0.0.1/', 'nonsense', 'http://u:p@127.0.0.1/mcp']) {
      expect(() => createHttpUpstream({ url, name: 'x' }), url).toThrow(RangeError);
    }
    for (const headers of [
      { Host: 'x' },
      { 'Mcp-Session-Id': 'x' },
      { 'a b': 'x' },
      { a: 'x\r\ny' },
      { A: '1', a: '2' },
    ]) {
      expect(() => createHttpUpstream({ url: 'http://127.0.0.1/', name: 'x', headers })).toThrow(RangeError);
    }
  });
});

describe('what the client sees of a hostile upstream', () => {
  it('GW-15 follows no redirect and passes no challenge on', async () => {
    await openGate();
    for (const status of [301, 302, 307, 308, 401, 407]) {
      gate.script = (_seen, response) =>
        response
          .writeHead(status, {
            location: 'http://169.254.169.254/',
            'www-authenticate': 'Bearer resource_metadata="http://evil.test"',
          })
          .end();
      const answer = await gate.post(call('ping', {}, 5));
      expect(answer.status).toBe(502);
      expect(answer.headers['location']).toBeUndefined();
      expect(answer.headers['www-authenticate']).toBeUndefined();
      expect(errorOf(answer)).toMatchObject({ id: 5, code: -32000 });
    }
    expect(gate.seen).toHaveLength(6);
    expect(gate.eventTypes()).toContain('upstream.failed:upstream_redirect');
    expect(gate.eventTypes()).toContain('upstream.failed:upstream_unauthorized');
  });

  it('GW-15 passes on only the headers that MCP needs', async () => {
    await openGate();
    gate.script = (_seen, response) => {
      response.writeHead(429, {
        'content-type': 'application/json; x="',
        'set-cookie': 'session=evil',
        'access-control-allow-origin': '*',
        'access-control-allow-credentials': 'true',
        'content-security-policy': 'x',
        'strict-transport-security': 'max-age=0',
        'cache-control': 'public',
        'retry-after': '3',
        'mcp-protocol-version': '2025-11-25',
      });
      response.end('{}');
    };
    const answer = await gate.post(call('ping'));
    const { date, connection, 'keep-alive': keepAlive, 'transfer-encoding': transfer, ...headers } = answer.headers;
    expect(headers).toEqual({
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'retry-after': '3',
      'mcp-protocol-version': '2025-11-25',
    });
    expect([answer.status, answer.body]).toEqual([429, '{}']);
  });

  it('GW-15 shows no body that is neither JSON nor events, and none that is encoded', async () => {
    await openGate();
    gate.script = (_seen, response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end('<script>1</script>');
    const html = await gate.post(call('ping'));
    expect([html.status, html.headers['content-type']]).toEqual([502, 'application/json']);
    gate.script = (_seen, response) => response.writeHead(404, { 'content-type': 'text/html' }).end('<p>no</p>');
    const missing = await gate.post(call('ping'));
    expect(missing.status).toBe(404);
    expect(missing.body).not.toContain('<p>');
    gate.script = (_seen, response) =>
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end('zz');
    expect((await gate.post(call('ping'))).status).toBe(502);
    gate.script = (_seen, response) => response.writeHead(202).end();
    expect(await gate.post({ jsonrpc: '2.0', method: 'notifications/initialized' })).toMatchObject({
      status: 202,
      body: '',
    });
  });

  it('GW-15 F-09 cuts a body beyond the cap, announced or not, and an endless event', async () => {
    await openGate({ upstream: { maxJsonBytes: 100_000, maxEventBytes: 100_000 } });
    gate.script = (_seen, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000000000' });
      response.write('{');
    };
    expect((await gate.post(call('ping'))).status).toBe(502);
    const flood = (type: string) => (_seen: unknown, response: ServerResponse) => {
      response.on('error', () => undefined).writeHead(200, { 'content-type': type });
      response.write('data: ');
      const pump = () => {
        while (!response.destroyed && response.write('x'.repeat(16_384)));
        if (!response.destroyed) response.once('drain', pump);
      };
      pump();
    };
    for (const type of ['application/json', 'text/event-stream']) {
      gate.script = flood(type);
      const response = await gate.open('POST', { 'content-type': 'application/json' }, JSON.stringify(call('ping')));
      let size = 0;
      const error = await (async () => {
        for await (const chunk of response) size += (chunk as Buffer).length;
      })().catch((reason: NodeJS.ErrnoException) => reason.code);
      expect(error).toBe('ECONNRESET');
      expect(size).toBeLessThanOrEqual(100_000);
    }
    expect(gate.eventTypes()).toContain('upstream.failed:upstream_event_too_large');
  });

  it('GW-15 gives up on a flood of interim answers', async () => {
    await openGate();
    gate.script = (_seen, response) => {
      for (let count = 0; count < 100; count += 1) response.socket?.write('HTTP/1.1 102 Processing\r\n\r\n');
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    };
    expect((await gate.post(call('ping'))).status).toBe(502);
    expect(gate.eventTypes()).toContain('upstream.failed:upstream_interim_flood');
    gate.script = (_seen, response) => {
      response.writeProcessing();
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    };
    expect((await gate.post(call('ping'))).status).toBe(200);
  });

  it('GW-15 re-frames events', async () => {
    await openGate();
    gate.script = (_seen, response) => {
      startEvents(response);
      response.end('event: message\r\nx-evil: 1\rdata: {"a":1}\r\rdatax: no\ndata\n\n');
    };
    const answer = await gate.post(call('ping'));
    expect(answer.headers).toMatchObject({ 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' });
    expect(answer.body).toBe('event: message\ndata: {"a":1}\n\ndata\n\n');
  });
});

describe('an upstream that fails', () => {
  it('F-09 is a 502 with the request id when it is down, and everything goes on when it is back', async () => {
    await openGate();
    const { port } = gate.upstreamServer.address() as AddressInfo;
    gate.upstreamServer.closeAllConnections();
    await new Promise((resolve) => gate.upstreamServer.close(resolve));
    const answer = await gate.post(call('ping', {}, 'r-1'));
    expect(answer.status).toBe(502);
    expect(errorOf(answer)).toMatchObject({ id: 'r-1', code: -32000 });
    expect(answer.body).not.toMatch(/127\.0\.0\.1|ECONN/);
    expect(gate.eventTypes()).toContain('upstream.failed:upstream_refused_connection');
    await once(gate.upstreamServer.listen(port, '127.0.0.1'), 'listening');
    expect((await gate.post(call('ping'))).status).toBe(200);
  });

  it('F-09 is a 502 when it resets before the head, and a cut stream after it', async () => {
    await openGate();
    gate.script = (_seen, response) => response.destroy();
    expect((await gate.post(call('ping'))).status).toBe(502);
    gate.script = (_seen, response) => {
      startEvents(response);
      response.write('data: 1\n\n', () => response.destroy());
    };
    const response = await gate.open('POST', { 'content-type': 'application/json' }, JSON.stringify(call('ping')));
    const read = (async () => {
      for await (const _ of response);
    })();
    await expect(read).rejects.toMatchObject({ code: 'ECONNRESET' });
    await until(() => gate.eventTypes().filter((type) => type === 'upstream.failed:upstream_reset').length === 2);
  });

  it('F-09 is a 502 when it does not speak HTTP', async () => {
    const server = createTcpServer((socket) => socket.resume().end('SSH-2.0-x\r\n'));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    await openGate({ upstream: { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` } });
    expect((await gate.post(call('ping'))).status).toBe(502);
    expect(gate.eventTypes().slice(1)).toEqual(['upstream.failed:upstream_bad_http']);
    await new Promise((resolve) => server.close(resolve));
  });

  it('F-09 is a 504 when it never answers, while others are served', async () => {
    await openGate({ endpoint: { callTimeoutSeconds: 1 } });
    gate.script = (seen, response) => {
      if (seen.body.includes('"hang"')) return;
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    };
    const hanging = gate.post(call('tools/call', { name: 'hang' }, 3));
    expect((await gate.post(call('ping'))).status).toBe(200);
    const answer = await hanging;
    expect([answer.status, errorOf(answer)]).toMatchObject([504, { id: 3, code: -32000 }]);
    expect(gate.eventTypes()).toContain('upstream.failed:call_timeout');
  });
});

describe('streams', () => {
  it('delivers each event when it is sent, and a plain call beside many open streams', async () => {
    await openGate();
    const streams: ServerResponse[] = [];
    gate.script = (seen, response) => {
      if (seen.method !== 'GET') {
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
        return;
      }
      startEvents(response);
      streams.push(response);
    };
    const answers = await Promise.all(Array.from({ length: 130 }, () => gate.open('GET')));
    expect(answers.every(({ statusCode }) => statusCode === 200)).toBe(true);
    expect((await gate.post(call('ping'))).status).toBe(200);
    await until(() => streams.length === 130);
    const last = answers[129]?.setEncoding('utf8');
    const arrived = last === undefined ? Promise.reject(new Error('no stream')) : once(last, 'data');
    for (const stream of streams) stream.write('data: now\n\n');
    expect(await arrived).toEqual(['data: now\n\n']);
    for (const answer of answers) answer.destroy();
  });

  it('answers 503 beyond the bound, and again serves when one has ended', async () => {
    await openGate({ upstream: { maxExchanges: 1 } });
    gate.script = (seen, response) => {
      if (seen.method === 'GET') startEvents(response);
      else response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    };
    const stream = await gate.open('GET');
    const refused = await gate.post(call('ping'));
    expect([refused.status, refused.headers['retry-after']]).toEqual([503, '5']);
    stream.destroy();
    let status = 503;
    const giveUpAt = Date.now() + 5000;
    while (status === 503 && Date.now() < giveUpAt) status = (await gate.post(call('ping'))).status;
    expect(status).toBe(200);
  });

  it('F-09 lets go of the upstream within a second when the client goes, before and after the head', async () => {
    await openGate();
    let closed = 0;
    gate.script = (seen, response) => {
      response.on('close', () => {
        closed += 1;
      });
      if (seen.method === 'GET') startEvents(response);
    };
    const stream = await gate.open('GET');
    stream.destroy();
    await until(() => closed === 1);
    const socket = await gate.socket();
    const body = JSON.stringify(call('ping'));
    socket.write(
      `POST /files/mcp HTTP/1.1\r\nHost: gate.test\r\nAuthorization: Bearer at-alice\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    await until(() => gate.seen.length === 2);
    const goneAt = Date.now();
    socket.destroy();
    await until(() => closed === 2);
    expect(Date.now() - goneAt).toBeLessThan(1000);
  });

  it('holds the upstream back while the client does not read', async () => {
    await openGate();
    const total = 64 * 1024 * 1024;
    let sent = 0;
    gate.script = (_seen, response) => {
      startEvents(response);
      const event = `data: ${'x'.repeat(65_536 - 8)}\n\n`;
      const pump = (): void => {
        while (sent < total) {
          sent += event.length;
          if (!response.write(event)) {
            response.once('drain', pump);
            return;
          }
        }
        response.end();
      };
      pump();
    };
    const stream = await gate.open('GET');
    let before = -1;
    while (sent !== before) {
      before = sent;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    expect(sent).toBeLessThan(total / 2);
    let received = 0;
    for await (const chunk of stream) received += (chunk as Buffer).length;
    expect(received).toBe(total);
  });
});
