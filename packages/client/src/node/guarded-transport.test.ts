import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { clientCredentials } from '../grants/client-credentials.js';
import type { TransportRequest } from '../http/transport.js';
import { createOAuthFetch } from '../oauth-fetch.js';
import { createGuardedTransport, type GuardedTransportOptions } from './guarded-transport.js';

const PUBLIC = '93.184.216.34';
const REFUSED = { ok: false, failure: 'address_refused' };
const GET: Omit<TransportRequest, 'url'> = { method: 'GET', headers: {}, maxBytes: 1024, timeoutMilliseconds: 5000 };

/** A transport that can go nowhere: what its names lead to, and where it would have gone. */
function spied(
  serverUrl: string,
  names: Readonly<Record<string, readonly string[]>> = {},
  options: Partial<GuardedTransportOptions> = {},
) {
  const connected: string[] = [];
  const looked: string[] = [];
  const transport = createGuardedTransport({
    serverUrl,
    resolve: async (name) => {
      looked.push(name);
      return names[name] ?? [];
    },
    connect: (address, port) => {
      connected.push(`${address} ${port}`);
      const socket = new Socket();
      queueMicrotask(() => socket.destroy());
      return socket;
    },
    ...options,
  });
  return { get: (url: string) => transport({ url, ...GET }), transport, connected, looked };
}

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** Serves plain http on this computer. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Places that a server must not lead to, and public ones over plain http. */
const INSIDE = [
  'https://127.0.0.1/x',
  'https://[::1]/x',
  'https://localhost/x',
  'http://localhost/x',
  'http://127.0.0.1:8080/x',
  'https://2130706433/x',
  'https://0/x',
  'https://[::ffff:127.0.0.1]/x',
  'https://10.0.0.1/x',
  'https://192.168.1.1/x',
  'https://[fd00::1]/x',
  'https://169.254.169.254/latest/meta-data/',
  'http://169.254.169.254/latest/meta-data/',
  'https://168.63.129.16/x',
  'https://private.test/x',
  'https://mixed.test/x',
  'https://loopback.test/x',
  'https://metadata.test/x',
  'http://public.test/x',
  'file:///etc/passwd',
  'gopher://public.test/x',
];

const NAMES = {
  'mcp.test': [PUBLIC],
  'public.test': [PUBLIC],
  'private.test': ['10.1.2.3'],
  'mixed.test': [PUBLIC, '10.1.2.3'],
  'loopback.test': ['127.0.0.1'],
  'metadata.test': ['169.254.169.254'],
  localhost: ['127.0.0.1', '::1'],
};

describe('for a server on the internet', () => {
  it.each(INSIDE)('CL-01 nothing is sent to %s', async (url) => {
    const { get, connected } = spied('https://mcp.test/mcp', NAMES);
    expect(await get(url)).toEqual(REFUSED);
    expect(connected).toEqual([]);
  });

  it('CL-01 public addresses are reached over https', async () => {
    const { get, connected } = spied('https://mcp.test/mcp', NAMES);
    expect(await get('https://public.test:8443/x')).toEqual({ ok: false, failure: 'not_reached' });
    expect(connected).toEqual([`${PUBLIC} 8443`]);
  });

  it('CL-01 a name of the server that leads to this computer does not make it one of this computer', async () => {
    const { get, connected } = spied('https://loopback.test/mcp', NAMES);
    expect(await get('https://loopback.test/x')).toEqual(REFUSED);
    expect(await get('http://127.0.0.1/x')).toEqual(REFUSED);
    expect(connected).toEqual([]);
  });

  it('CL-01 an option lets to this computer, and to nothing else', async () => {
    const { get, connected } = spied('https://mcp.test/mcp', NAMES, { allowLoopback: true });
    expect(await get('http://127.0.0.1:8080/x')).toMatchObject({ failure: 'not_reached' });
    expect(await get('https://private.test/x')).toEqual(REFUSED);
    expect(await get('https://169.254.169.254/x')).toEqual(REFUSED);
    expect(connected).toEqual(['127.0.0.1 8080']);
  });

  it('CL-01 an option lets to private addresses over https, and to nothing else', async () => {
    const { get, connected } = spied('https://mcp.test/mcp', NAMES, { allowPrivate: true });
    expect(await get('https://private.test/x')).toMatchObject({ failure: 'not_reached' });
    expect(await get('http://10.0.0.1/x')).toEqual(REFUSED);
    expect(await get('https://loopback.test/x')).toEqual(REFUSED);
    expect(await get('https://metadata.test/x')).toEqual(REFUSED);
    expect(connected).toEqual(['10.1.2.3 443']);
  });
});

describe('for a server on this computer', () => {
  it.each(['http://localhost:3000/mcp', 'http://127.0.0.1:3000/mcp', 'http://[::1]:3000/mcp', 'https://127.0.0.2/mcp'])(
    'CL-01 this computer is reached, and no private network: %s',
    async (serverUrl) => {
      const { get, connected } = spied(serverUrl, NAMES);
      expect(await get('http://127.0.0.1:9000/x')).toMatchObject({ failure: 'not_reached' });
      expect(await get('https://private.test/x')).toEqual(REFUSED);
      expect(await get('https://metadata.test/x')).toEqual(REFUSED);
      expect(connected).toEqual(['127.0.0.1 9000']);
    },
  );

  it('CL-01 an option keeps it out', async () => {
    const { get, connected } = spied('http://localhost:3000/mcp', NAMES, { allowLoopback: false });
    expect(await get('http://localhost:3000/x')).toEqual(REFUSED);
    expect(connected).toEqual([]);
  });
});

describe('for a server in a private network', () => {
  it.each(['https://private.test/mcp', 'https://10.9.9.9/mcp', 'https://[fd00::9]/mcp'])(
    'CL-01 its network is reached over https, this computer and metadata hosts are not: %s',
    async (serverUrl) => {
      const { get, connected } = spied(serverUrl, NAMES);
      expect(await get('https://10.0.0.2/x')).toMatchObject({ failure: 'not_reached' });
      for (const url of ['https://localhost/x', 'http://localhost/x', 'http://10.0.0.2/x', 'https://metadata.test/x']) {
        expect(await get(url)).toEqual(REFUSED);
      }
      expect(connected).toEqual(['10.0.0.2 443']);
    },
  );

  it.each([
    ['has a public address too', [PUBLIC, '10.1.2.3']],
    ['has none', []],
    ['has the one where its cloud keeps credentials', ['169.254.169.254']],
  ])('CL-01 a server that %s is in none', async (_title, addresses) => {
    const { get, connected } = spied('https://mcp.test/mcp', { 'mcp.test': addresses });
    expect(await get('https://10.0.0.2/x')).toEqual(REFUSED);
    expect(connected).toEqual([]);
  });

  it('CL-01 a look-up that failed lets to nothing, and is made again', async () => {
    let isDown = true;
    const resolve = async (): Promise<string[]> => {
      if (isDown) throw new Error('EAI_AGAIN');
      return ['10.1.2.3'];
    };
    const { get, connected } = spied('https://private.test/mcp', {}, { resolve });
    expect(await get('https://10.0.0.2/x')).toEqual(REFUSED);
    isDown = false;
    expect(await get('https://10.0.0.2/x')).toMatchObject({ failure: 'not_reached' });
    expect(connected).toEqual(['10.0.0.2 443']);
  });

  it('CL-01 is asked once: a server cannot move into it later', async () => {
    const names: Record<string, readonly string[]> = { 'mcp.test': [PUBLIC] };
    const { get, looked } = spied('https://mcp.test/mcp', names);
    expect(await get('https://10.0.0.2/x')).toEqual(REFUSED);
    names['mcp.test'] = ['10.1.2.3'];
    expect(await get('https://10.0.0.2/x')).toEqual(REFUSED);
    expect(looked).toEqual(['mcp.test']);
  });

  it('CL-01 an option keeps it out', async () => {
    const { get, connected } = spied('https://private.test/mcp', NAMES, { allowPrivate: false });
    expect(await get('https://private.test/x')).toEqual(REFUSED);
    expect(connected).toEqual([]);
  });
});

describe('what a hostile server names', () => {
  const META = '/.well-known/oauth-protected-resource';

  /** A server at `mcp.test`, by the fetch that the user's program calls it with, and a transport that can go nowhere. */
  function hostile(challenge: string) {
    const { transport, connected } = spied('https://mcp.test/mcp', NAMES);
    const fetch = createOAuthFetch({
      serverUrl: 'https://mcp.test/mcp',
      grant: clientCredentials(),
      transport,
      fetch: async () => new Response('internal text', { status: 401, headers: { 'www-authenticate': challenge } }),
    });
    return { call: () => fetch('https://mcp.test/mcp'), connected };
  }

  it.each(INSIDE)('CL-01 resource_metadata at %s is not fetched, and the error repeats nothing', async (url) => {
    const { call, connected } = hostile(`Bearer resource_metadata="${url}"`);
    const error = await call().then(
      () => undefined,
      (cause: unknown) => cause,
    );
    expect(error).toMatchObject({ name: 'OAuthClientError' });
    expect(String(error)).not.toMatch(/internal text|meta-data|passwd/);
    expect(connected).toEqual([]);
  });

  it('CL-01 issuer and token endpoint inside: refused where the server is on this computer but they are not', async () => {
    const asked: string[] = [];
    const issuer = 'https://10.0.0.7';
    const origin = await serve((request, response) => {
      asked.push(String(request.url));
      const isMetadata = request.url === `${META}/mcp`;
      response.writeHead(isMetadata ? 200 : 401, { 'content-type': 'application/json' });
      response.end(isMetadata ? JSON.stringify({ resource: `${origin}/mcp`, authorization_servers: [issuer] }) : '{}');
    });
    const dialled: string[] = [];
    const transport = createGuardedTransport({ serverUrl: `${origin}/mcp` });
    const fetch = createOAuthFetch({
      serverUrl: `${origin}/mcp`,
      grant: clientCredentials(),
      transport: async (request) => {
        const answer = await transport(request);
        if (!answer.ok) dialled.push(`${request.url} ${answer.failure}`);
        return answer;
      },
    });
    await expect(fetch(`${origin}/mcp`)).rejects.toMatchObject({ name: 'OAuthClientError' });
    expect(asked).toEqual(['/mcp', `${META}/mcp`]);
    expect(dialled.length).toBeGreaterThan(0);
    for (const line of dialled) expect(line).toMatch(/^https:\/\/10\.0\.0\.7\/.* address_refused$/);
  });
});

describe('what a hostile server answers', () => {
  /** A server on this computer with metadata and a token endpoint of its own making. */
  async function protectedServer(answers: {
    readonly metadata?: (body: string) => string;
    readonly token?: RequestListener;
    /** Shorter than what the client waits for. */
    readonly limitMilliseconds?: number;
  }) {
    const asked: string[] = [];
    const origin = await serve((request, response) => {
      asked.push(String(request.url));
      const json = (document: unknown, edit = (text: string) => text): void => {
        response.writeHead(200, { 'content-type': 'application/json' }).end(edit(JSON.stringify(document)));
      };
      if (request.url === '/.well-known/oauth-protected-resource/mcp') {
        json({ resource: `${origin}/mcp`, authorization_servers: [origin] }, answers.metadata);
      } else if (request.url === '/.well-known/oauth-authorization-server') {
        json({ issuer: origin, token_endpoint: `${origin}/token`, code_challenge_methods_supported: ['S256'] });
      } else if (request.url === '/token' && answers.token !== undefined) answers.token(request, response);
      else response.writeHead(401).end();
    });
    const transport = createGuardedTransport({ serverUrl: `${origin}/mcp` });
    const fetch = createOAuthFetch({
      serverUrl: `${origin}/mcp`,
      grant: clientCredentials(),
      client: { preRegistered: { clientId: 'c', clientSecret: 's', issuer: origin } },
      transport: (request) =>
        transport({ ...request, timeoutMilliseconds: answers.limitMilliseconds ?? request.timeoutMilliseconds }),
    });
    return { call: () => fetch(`${origin}/mcp`), asked };
  }

  const TOKEN = JSON.stringify({ access_token: 'at', token_type: 'Bearer', expires_in: 600 });

  it('CL-10 metadata of 5 MB are not read: no authorization server is asked', async () => {
    const { call, asked } = await protectedServer({ metadata: (body) => body.padEnd(5 * 1024 * 1024, ' ') });
    await expect(call()).rejects.toMatchObject({ code: 'discovery_failed' });
    expect(asked.filter((path) => path.includes('authorization-server'))).toEqual([]);
  });

  it.each([
    [64 * 1024, true],
    [64 * 1024 + 1, false],
  ])('CL-10 metadata may have 64 KiB and not a byte more: %i', async (length, isRead) => {
    const { call, asked } = await protectedServer({ metadata: (body) => body.padEnd(length, ' ') });
    await expect(call()).rejects.toThrow();
    expect(asked.includes('/.well-known/oauth-authorization-server')).toBe(isRead);
  });

  it('CL-08 an answer of the token endpoint of 10 MB is cut off', async () => {
    const { call } = await protectedServer({
      token: (_request, response) => void response.end(TOKEN.padEnd(10 * 1024 * 1024, ' ')),
    });
    await expect(call()).rejects.toMatchObject({ code: 'token_response_invalid' });
  });

  it('CL-08 a gzip bomb is not unpacked: no content coding is accepted', async () => {
    let accepted: unknown;
    const { call } = await protectedServer({
      token(request, response) {
        accepted = request.headers['accept-encoding'];
        response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(50 * 1024 * 1024, ' ')));
      },
    });
    await expect(call()).rejects.toMatchObject({ code: 'token_response_invalid' });
    expect(accepted).toBe('identity');
  });

  it.each(['never begins', 'never ends'])('CL-08 a token endpoint that %s is given up in its time', async (how) => {
    const { call, asked } = await protectedServer({
      limitMilliseconds: 300,
      token(_request, response) {
        if (how === 'never begins') return;
        const timer = setInterval(() => response.write(' '), 20);
        response.on('close', () => clearInterval(timer));
      },
    });
    await expect(call()).rejects.toMatchObject({ code: 'server_unavailable' });
    expect(asked.filter((path) => path === '/token')).toHaveLength(1);
  });

  it('CL-07 a redirect of the token endpoint is not followed', async () => {
    const { call, asked } = await protectedServer({
      token: (_request, response) => void response.writeHead(307, { location: '/elsewhere' }).end(),
    });
    await expect(call()).rejects.toMatchObject({ code: 'token_response_invalid' });
    expect(asked).not.toContain('/elsewhere');
  });
});

it.each(['http://mcp.test/', 'file:///etc', 'mcp.test', 'https://u@mcp.test/'])(
  'cannot be made for %s',
  (serverUrl) => {
    expect(() => createGuardedTransport({ serverUrl })).toThrow(expect.objectContaining({ code: 'url_refused' }));
  },
);
