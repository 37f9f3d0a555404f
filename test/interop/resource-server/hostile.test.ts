import { expect, it } from 'vitest';
import { rawRequest, statusesOf } from '../../support/raw-request.js';
import { toolCall } from './exchange.js';
import type { SdkDifference } from './sdk-differences.js';
import { behindEveryAdapter } from './target.js';

behindEveryAdapter((target) => {
  it.each([
    '/A/MCP',
    '/a/mcp/',
    '//a//mcp',
    '/a/%6dcp',
    '/a%2fmcp',
    '/a/mcp/beneath',
    '/a/mcp?x',
    '/a/./mcp',
    '/x/../a/mcp',
    '/a/mcp;x',
    '/a/mcp/..',
    '/a/mcp/%2e%2e',
    'http://evil.test/a/mcp',
  ])('lets nothing by without a token that is spelled %s', async (spelling) => {
    const { mcp } = target.server;
    const ran = mcp.ran.length;
    const { status } = await target.send(toolCall('read_file', undefined, { target: spelling }));
    expect(status).toBeOneOf([400, 401, 404]);
    expect(mcp.ran.length).toBe(ran);
  });

  it.each(['/A/MCP', '/a/mcp/', '//a//mcp', '/a/%6dcp', '/a/mcp/beneath'])(
    'asks for a token wherever some router would find the resource: %s',
    (spelling) =>
      target.holds(
        () =>
          target.send(toolCall('read_file', undefined, { target: spelling })).then(({ status, challenge }) => {
            if (target.adapter.isAtPath === true && status === 404) return;
            expect([status, challenge]).toEqual([401, `Bearer resource_metadata="${target.server.a.metadataUrl}"`]);
          }),
        'spellings',
      ),
  );

  it.each(['/', '/health', '/a', '/a/mcp2', '/c/mcp', '/%', '/%zz'])('leaves %s to others', async (place) => {
    const { events } = target.server;
    const before = events.length;
    const { status, challenge } = await target.send({ method: 'GET', target: place });
    expect([status === 400 || status === 404, challenge, events.length]).toEqual([true, undefined, before]);
  });

  it.each<[string, string[]]>([
    ['a header of 17 KiB', [`X-Long: ${'x'.repeat(17 * 1024)}`]],
    ['a token of 14 kB', [`Authorization: Bearer ${'a'.repeat(14_000)}`]],
    ['a token of dots', [`Authorization: Bearer ${'.'.repeat(2000)}`]],
    ['five parts', ['Authorization: Bearer a.b.c.d.e']],
    ['a header name of a prototype', ['__proto__: x', 'Authorization: Bearer constructor']],
    ['an origin of control bytes', ['Origin: \x01\x02\xff']],
    ['a thousand origins', Array.from({ length: 1000 }, () => 'Origin: x')],
    ['a version that is none', ['MCP-Protocol-Version: \xff', 'Authorization: Bearer x']],
    ['no end of scheme', [`Authorization: Bearer${' '.repeat(5000)}`]],
  ])('answers %s with a refusal, and goes on', async (_, lines) => {
    const { mcp, origin } = target.server;
    const ran = mcp.ran.length;
    const head = ['POST /a/mcp HTTP/1.1', 'Host: x', ...lines, 'Content-Length: 2', 'Connection: close'];
    const answer = await rawRequest(Number(new URL(origin).port), `${head.join('\r\n')}\r\n\r\n{}`);
    expect(statusesOf(answer)[0]).toBeOneOf([400, 401, 403, 431]);
    expect(mcp.ran.length).toBe(ran);
    await target.lets(toolCall('read_file', await target.sign()), 'read_file');
  });

  it.each<[string, string | Buffer, number]>([
    ['no JSON', '{', 400],
    ['half a text', '{"jsonrpc":"2.0","method":"tools/call","params":{"name":"delete_file"', 400],
    ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x00]), 400],
    [
      'more than 4 MiB',
      JSON.stringify({ jsonrpc: '2.0', method: 'x', params: { x: 'x'.repeat(4 * 1024 * 1024) } }),
      413,
    ],
  ])('refuses a body that is %s', async (_, body, status) => {
    const token = await target.sign();
    const { headers = [] } = toolCall('read_file', token);
    const { mcp } = target.server;
    const ran = mcp.ran.length;
    const answer = await target.send({ target: '/a/mcp', headers, body }).catch(gone);
    // A sender who is still sending may lose the answer with the connection.
    if (answer !== undefined) expect(answer.status).toBeOneOf([status, 400]);
    expect(mcp.ran.length).toBe(ran);
  });

  it.each<[string, [string, string][], SdkDifference | undefined]>([
    ['a content type that is no JSON', [['Content-Type', 'text/plain']], undefined],
    ['no content type', [], undefined],
    ['another charset', [['Content-Type', 'application/json; charset=utf-16']], 'body'],
    [
      'a content coding',
      [
        ['Content-Type', 'application/json'],
        ['Content-Encoding', 'br'],
      ],
      'body',
    ],
  ])('lets no tool be called for which the caller lacks scope by %s', async (_, kind, difference) => {
    const call = toolCall('delete_file', await target.sign());
    const headers = (call.headers ?? []).filter(([name]) => name !== 'Content-Type');
    const { mcp } = target.server;
    const ran = mcp.ran.length;
    await target.holds(async () => {
      const { status } = await target.send({ ...call, headers: [...headers, ...kind] });
      expect(status).toBeOneOf([400, 403, 415]);
      expect(mcp.ran.length).toBe(ran);
    }, difference);
  });

  it.each<[string, unknown]>([
    ['null', null],
    ['a number', 1],
    ['an empty array', []],
    ['nested arrays', [[[{ method: 'tools/call' }]]]],
    ['a method that is no text', { method: { toString: 1 } }],
    ['params that are none', { jsonrpc: '2.0', id: 1, method: 'tools/call', params: 'delete_file' }],
    ['a name that is none', { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: ['delete_file'] } }],
    ['an inherited name', { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'constructor' } }],
  ])('takes %s in its stride', async (_, body) => {
    const { headers = [] } = toolCall('read_file', await target.sign());
    const { mcp } = target.server;
    const ran = mcp.ran.length;
    const { status } = await target.send({ target: '/a/mcp', headers, body: JSON.stringify(body) });
    expect(status).toBeLessThan(500);
    expect(mcp.ran.length).toBe(ran);
  });
});

function gone(error: NodeJS.ErrnoException): undefined {
  expect(error.code).toBeOneOf(['ECONNRESET', 'EPIPE']);
}
