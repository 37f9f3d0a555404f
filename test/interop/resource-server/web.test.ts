import { request } from 'node:http';
import { expect, it } from 'vitest';
import { toolCall } from './exchange.js';
import { behindEveryAdapter } from './target.js';

const METADATA = '/.well-known/oauth-protected-resource/a/mcp';
const APP = ['Origin', 'https://app.example.com'] as const;
const EXPOSED = 'WWW-Authenticate, DPoP-Nonce, Mcp-Session-Id, MCP-Protocol-Version, Retry-After';

behindEveryAdapter((target) => {
  it('serves the metadata where RFC 9728 §3.1 has them, to whoever asks', () =>
    target.holds(async () => {
      const { origin, a } = target.server;
      const answer = await target.send({ method: 'GET', target: METADATA });
      expect(answer.status).toBe(200);
      expect(answer.headers).toMatchObject({
        'content-type': expect.stringMatching(/^application\/json(; charset=utf-8)?$/),
        'access-control-allow-origin': '*',
        'cache-control': 'public, max-age=300',
      });
      expect(JSON.parse(answer.text)).toEqual({
        resource: `${origin}/a/mcp`,
        authorization_servers: [target.issuer.issuer],
        scopes_supported: ['files', 'files:read', 'files:write'],
        bearer_methods_supported: ['header'],
        dpop_signing_alg_values_supported: ['ES256', 'RS256', 'PS256', 'EdDSA', 'Ed25519'],
        resource_name: 'Files of a',
        mcp_protocol_version: '2026-07-28',
        resource_type: 'mcp-server',
      });
      expect(a.metadataUrl).toBe(origin + METADATA);
    }, 'metadata'));

  it('TN-03 serves each tenant’s metadata apart', () =>
    target.holds(async () => {
      const { text } = await target.send({ method: 'GET', target: METADATA.replace('/a/', '/b/') });
      expect(JSON.parse(text)).toMatchObject({ resource: target.server.b.resource, resource_name: 'Files of b' });
    }, 'metadata'));

  it('answers HEAD without the document, other methods with 405, and a preflight', () =>
    target.holds(async () => {
      const head = await target.send({ method: 'HEAD', target: METADATA });
      expect([head.status, head.text]).toEqual([200, '']);
      const post = await target.send({ target: METADATA, body: '{}' });
      expect([post.status, post.headers['allow']]).toEqual([405, 'GET, HEAD, OPTIONS']);
      const preflight = await target.send({
        method: 'OPTIONS',
        target: METADATA,
        headers: [
          ['Origin', 'https://anywhere.example'],
          ['Access-Control-Request-Method', 'GET'],
          ['Access-Control-Request-Headers', 'mcp-protocol-version'],
        ],
      });
      expect(preflight.status).toBe(204);
      expect(preflight.headers['access-control-allow-headers']).toContain('MCP-Protocol-Version');
    }, 'metadata'));

  it('has no metadata at other places', async () => {
    for (const place of ['/.well-known/oauth-protected-resource', `${METADATA}/x`, `${METADATA}x`]) {
      expect((await target.send({ method: 'GET', target: place })).status).toBe(404);
    }
  });

  it('answers the preflight of an allowed origin without a token', () =>
    target.holds(async () => {
      const answer = await target.send({
        method: 'OPTIONS',
        target: '/a/mcp',
        headers: [
          APP,
          ['Access-Control-Request-Method', 'POST'],
          ['Access-Control-Request-Headers', 'authorization,mcp-param-region,x-evil'],
        ],
      });
      expect(answer.status).toBe(204);
      expect(answer.headers).toMatchObject({
        'access-control-allow-origin': 'https://app.example.com',
        'access-control-allow-methods': 'GET, POST, DELETE',
      });
      const allowed = String(answer.headers['access-control-allow-headers']);
      expect(allowed).toContain('Authorization, DPoP,');
      expect(allowed).toContain('mcp-param-region');
      expect(allowed).not.toContain('x-evil');
    }, 'origin'));

  it('lets the scripts of an allowed origin read answers, refusals included', async () => {
    const token = await target.sign();
    const expected = { 'access-control-allow-origin': APP[1], 'access-control-expose-headers': EXPOSED };
    await target.holds(async () => {
      const call = toolCall('read_file', token);
      const let_in = await target.lets({ ...call, headers: [...(call.headers ?? []), APP] }, 'read_file');
      expect(let_in.headers).toMatchObject(expected);
      expect(let_in.headers['vary']).toContain('Origin');
    }, 'origin');
    await target.holds(async () => {
      const answer = await target.refuses(
        { target: '/a/mcp', headers: [APP] },
        { status: 401, challenge: '', reason: 'missing' },
      );
      expect(answer.headers).toMatchObject(expected);
    }, 'origin');
    await target.holds(async () => {
      const call = toolCall('delete_file', token);
      const lacking = await target.send({ ...call, headers: [...(call.headers ?? []), APP] });
      expect([lacking.status, lacking.headers]).toMatchObject([403, expected]);
    }, 'origin');
  });

  it.each([
    ['another origin', [['Origin', 'https://evil.example']]],
    ['an opaque origin', [['Origin', 'null']]],
    ['an origin that begins like an allowed one', [['Origin', 'https://app.example.com.evil.example']]],
    ['an origin with a path', [['Origin', 'https://app.example.com/']]],
    ['what is no origin', [['Origin', '"><script>']]],
    ['an empty one', [['Origin', '']]],
  ] as const)('refuses %s before it looks at a credential', async (_, headers) => {
    const call = toolCall('read_file', await target.sign());
    await target.holds(
      () =>
        target.refuses(
          { ...call, headers: [...(call.headers ?? []), ...headers] },
          { status: 403, reason: 'origin_not_allowed' },
        ),
      'origin',
    );
  });

  it('passes a stream on as it comes', async () => {
    const { origin, mcp } = target.server;
    const token = await target.sign();
    const { headers = [], body } = toolCall('watch', token, { meta: { progressToken: 'p' } });
    const { hostname, port, host } = new URL(origin);
    const all = [['Host', host], APP, ...headers, ['Content-Length', String(Buffer.byteLength(body ?? ''))]];
    const text = await new Promise<string>((resolve, reject) => {
      const outgoing = request(
        { hostname, port, method: 'POST', path: '/a/mcp', headers: all.flat(), agent: false },
        (response) => {
          expect([response.statusCode, response.headers['content-type']]).toEqual([200, 'text/event-stream']);
          let received = '';
          response.setEncoding('utf8');
          response.on('data', (chunk) => {
            received += chunk;
            // The tool ends only once its first word has arrived: an answer that is held back would never end.
            if (received.includes('notifications/progress')) mcp.release();
          });
          response.on('end', () => resolve(received));
          response.on('error', reject);
        },
      );
      outgoing.on('error', reject);
      outgoing.end(body);
    });
    expect(text).toContain('watched');
  });
});
