import { once } from 'node:events';
import { createServer, request as httpRequest } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ReceivedResponse } from '../sign-in/sign-in.js';
import { type LoopbackCallback, type LoopbackCallbackOptions, openLoopbackCallback } from './loopback-callback.js';

const opened: LoopbackCallback[] = [];
let received: URLSearchParams[];
beforeEach(() => {
  received = [];
});
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

const OPTIONS: LoopbackCallbackOptions = {
  ports: [0],
  host: '127.0.0.1',
  path: '/callback',
  timeoutMilliseconds: 60_000,
};

async function open(options: Partial<LoopbackCallbackOptions> = {}) {
  const callback = await openLoopbackCallback({ ...OPTIONS, ...options });
  opened.push(callback);
  return { callback, port: Number(new URL(callback.redirectUri).port) };
}

/** Takes what has the state `right`. */
async function receive(parameters: URLSearchParams): Promise<ReceivedResponse> {
  received.push(parameters);
  return parameters.get('state') === 'right' ? 'accepted' : 'ignored';
}

/** Sends a request with any `Host`, at any address of this computer. */
function send(
  port: number,
  path: string,
  { method = 'GET', headers = {}, address = '127.0.0.1' }: { method?: string; headers?: object; address?: string } = {},
): Promise<{ status: number; body: string; headers: Record<string, unknown> }> {
  return new Promise((resolve, reject) => {
    const target = { host: address, port, path, method, agent: false };
    const sent = httpRequest({ ...target, headers: { host: `127.0.0.1:${port}`, ...headers } }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      response.once('end', () => resolve({ status: response.statusCode ?? 0, body, headers: response.headers }));
    });
    sent.once('error', reject).end();
  });
}

/** Sends a request as it is written, and gives back the status. */
function sendRaw(port: number, ...lines: string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(`${lines.join('\r\n')}\r\n\r\n`));
    socket.setEncoding('latin1').once('data', (text: string) => {
      socket.destroy();
      resolve(Number(text.slice(9, 12)));
    });
    socket.once('error', reject);
  });
}

/** Whether somebody answers there, or why not. */
function reach(address: string, port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port });
    const end = (outcome: string): void => {
      socket.destroy();
      resolve(outcome);
    };
    socket.once('connect', () => end('reached'));
    socket.once('error', (error) => end('code' in error ? String(error.code) : 'failed'));
  });
}

describe('the callback', () => {
  it.each(['127.0.0.1', 'localhost'] as const)('CX-02 listens on loopback alone, as %s', async (host) => {
    const { port } = await open({ host });
    expect(await reach('127.0.0.1', port)).toBe('reached');
    const others = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ internal, scopeid }) => !internal && !scopeid)
      .map(({ address }) => address);
    // A loopback address too, but not the one; the whole of 127.0.0.0/8 leads here on Linux alone.
    if (process.platform === 'linux') others.push('127.0.0.2');
    for (const address of others) expect([address, await reach(address, port)]).toEqual([address, 'ECONNREFUSED']);
  });

  it.each(['127.0.0.1', 'localhost'] as const)('CX-02 answers to no other name than %s', async (host) => {
    const { callback, port } = await open({ host });
    const waited = callback.wait(receive);
    const path = '/callback?state=right&code=c';
    const other = host === 'localhost' ? '127.0.0.1' : 'localhost';
    for (const name of ['evil.test', `evil.test:${port}`, `${other}:${port}`, host, `${host}:${port}.evil.test`]) {
      expect([name, (await send(port, path, { headers: { host: name } })).status]).toEqual([name, 403]);
    }
    const own = `Host: ${host}:${port}`;
    expect(await sendRaw(port, `GET ${path} HTTP/1.1`, own, 'Host: evil.test')).toBe(403);
    expect(await sendRaw(port, `GET ${path} HTTP/1.1`, 'Host:')).toBe(403);
    expect(await sendRaw(port, `GET ${path} HTTP/1.0`)).toBe(403);
    expect(received).toEqual([]);
    expect((await send(port, path, { headers: { host: `${host}:${port}` } })).status).toBe(200);
    await waited;
  });

  it('CX-02 answers to GET at its own path, and to nothing else', async () => {
    const { callback, port } = await open();
    const waited = callback.wait(receive);
    for (const method of ['POST', 'HEAD', 'PUT', 'DELETE', 'OPTIONS']) {
      const refused = await send(port, '/callback?state=right&code=c', { method });
      expect([method, refused.status, refused.headers['allow']]).toEqual([method, 405, 'GET']);
    }
    for (const path of [
      '/',
      '/callback/',
      '/Callback?state=right',
      '/callback%2f?state=right',
      '/other?state=right',
      `//evil.test/callback?state=right`,
      `/\\evil.test/callback?state=right`,
      `http://evil.test/callback?state=right`,
      'http://[/callback',
    ]) {
      expect([path, (await send(port, path)).status]).toEqual([path, 404]);
    }
    expect(received).toEqual([]);
    expect((await send(port, '/callback?state=right&code=c')).status).toBe(200);
    await waited;
  });

  it('CX-02 goes on waiting after a thousand responses to nothing of ours', async () => {
    const { callback, port } = await open();
    let isOver = false;
    const waited = callback.wait(receive).then(() => {
      isOver = true;
    });
    for (let hundreds = 0; hundreds < 10; hundreds += 1) {
      const answers = await Promise.all(
        Array.from({ length: 100 }, (_, index) =>
          sendRaw(port, `GET /callback?state=wrong-${index}&code=c HTTP/1.1`, `Host: 127.0.0.1:${port}`),
        ),
      );
      expect(answers.every((status) => status === 400)).toBe(true);
    }
    expect([received.length, isOver]).toEqual([1000, false]);
    expect((await send(port, '/callback?state=right&code=c')).status).toBe(200);
    await waited;
  });

  it('CX-02 takes one response: of two at once the first, and none after it', async () => {
    const { callback, port } = await open();
    // Neither is answered before both have come.
    const waited = callback.wait(async (parameters) => {
      const outcome = await receive(parameters);
      await vi.waitUntil(() => received.length === 2);
      return outcome;
    });
    const two = await Promise.all([1, 2].map((code) => send(port, `/callback?state=right&code=${code}`)));
    expect(two.map(({ status }) => status).sort()).toEqual([200, 400]);
    await waited;
    received.length = 0;
    expect((await send(port, '/callback?state=right&code=3')).status).toBe(400);
    expect(received).toEqual([]);
    await callback.close();
    expect(await reach('127.0.0.1', port)).toBe('ECONNREFUSED');
  });

  it('CX-02 ends the wait when nobody comes, and takes nothing from then on', async () => {
    const { callback, port } = await open({ timeoutMilliseconds: 20 });
    await expect(callback.wait(receive)).rejects.toMatchObject({ code: 'sign_in_timed_out' });
    expect((await send(port, '/callback?state=right&code=c')).status).toBe(400);
    expect(received).toEqual([]);
  });

  it('CX-02 takes the next port where one is taken, and says so where there is no next', async () => {
    const taken = createServer();
    taken.listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port: first } = taken.address() as AddressInfo;
    try {
      const { port } = await open({ ports: [first, 0] });
      expect(port).not.toBe(first);
      const { port: next } = await open({ ports: [first, port, 0] });
      expect([first, port]).not.toContain(next);
      await expect(open({ ports: [first] })).rejects.toMatchObject({
        code: 'sign_in_required',
        message: expect.stringContaining(String(first)),
      });
    } finally {
      taken.close();
    }
  });

  it('CX-02 takes no port as localhost whose other half is somebody else’s', async () => {
    const taken = createServer();
    taken.listen(0, '::1');
    const isListening = await Promise.race([
      once(taken, 'listening').then(() => true),
      once(taken, 'error').then(() => false),
    ]);
    // A computer without IPv6 has no other half.
    const first = isListening ? (taken.address() as AddressInfo).port : undefined;
    try {
      const { port } = await open({ host: 'localhost', ports: [...(first === undefined ? [] : [first]), 0] });
      expect(port).not.toBe(first);
      expect((await send(port, '/', { headers: { host: `localhost:${port}` } })).status).toBe(404);
      const other = await reach('::1', port);
      expect(other).toBe(isListening ? 'reached' : other);
    } finally {
      taken.close();
    }
  });

  it('CX-03 outlives a query of a megabyte, and repeats nothing of any', async () => {
    const { callback, port } = await open();
    const waited = callback.wait(receive);
    const huge = await send(port, `/callback?state=right&error=${'x'.repeat(1024 * 1024)}`).catch(() => undefined);
    expect([431, undefined]).toContain(huge?.status);
    const hostile = encodeURIComponent('<script>alert(1)</script>"\u001b]52;c;x\u0007\u202e');
    const parts = ['code', 'state', 'error', 'error_description', 'error_uri', 'iss', '<script>'];
    const query = parts.map((name) => `${encodeURIComponent(name)}=${hostile}`).join('&');
    const foreign = await send(port, `/callback?${query}`);
    const elsewhere = await send(port, `/${hostile}`);
    const accepted = await send(port, `/callback?state=right&error_description=${hostile}`);
    await waited;
    for (const { body, headers } of [foreign, elsewhere, accepted]) {
      expect(body).not.toMatch(/alert|%3C|52;c/);
      expect(headers).toMatchObject({
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
      });
      expect(headers['content-security-policy']).toMatch(/^default-src 'none'; /);
      expect(headers['content-security-policy']).not.toContain('unsafe');
    }
    expect([foreign.status, elsewhere.status, accepted.status]).toEqual([400, 404, 200]);
  });
});
