import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type BoundedRequest, createBoundedFetch } from './bounded-fetch.js';

const boundedFetch = createBoundedFetch(fetch);
let server: Server;
let origin: string;
let heard: string[] = [];

const request = (path: string, change: Partial<BoundedRequest> = {}): BoundedRequest => ({
  url: origin + path,
  method: 'GET',
  headers: {},
  maxBytes: 1000,
  timeoutMilliseconds: 10_000,
  ...change,
});

beforeAll(async () => {
  server = createServer((incoming, answer) => {
    heard.push(`${incoming.method} ${incoming.url}`);
    if (incoming.url === '/away') answer.writeHead(302, { location: '/bytes' }).end();
    else if (incoming.url === '/silent') answer.writeHead(200).flushHeaders();
    else if (incoming.url === '/broken')
      answer.writeHead(200, { 'content-length': '9' }).write('x', () => answer.destroy());
    else if (incoming.url === '/endless') {
      const more = (): void => void (answer.destroyed || answer.write('x'.repeat(4096), more));
      more();
    } else if (incoming.url === '/echo') incoming.pipe(answer);
    else answer.end('x'.repeat(1000));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

describe('createBoundedFetch', () => {
  it('answers with the whole body, up to the bound and not beyond', async () => {
    const whole = await boundedFetch(request('/bytes'));
    expect(whole.ok && whole.value.body.length).toBe(1000);
    expect(await boundedFetch(request('/bytes', { maxBytes: 999 }))).toEqual({ ok: false, failure: 'too_large' });
    expect(await boundedFetch(request('/endless'))).toEqual({ ok: false, failure: 'too_large' });
  });

  it('sends a body as it is', async () => {
    const echoed = await boundedFetch(request('/echo', { method: 'POST', body: 'a=b' }));
    expect(echoed.ok && new TextDecoder().decode(echoed.value.body)).toBe('a=b');
  });

  it('follows no redirect', async () => {
    heard = [];
    expect(await boundedFetch(request('/away'))).toMatchObject({ ok: true, value: { status: 302 } });
    expect(heard).toEqual(['GET /away']);
  });

  it('sends no cookies and has nothing stored, and does without saying so where requests have no such members', async () => {
    const inits: RequestInit[] = [];
    const listening = (init: RequestInit | undefined): Promise<Response> => {
      inits.push(init ?? {});
      return Promise.resolve(new Response());
    };
    await createBoundedFetch((_url, init) => listening(init))(request('/bytes'));
    expect(inits[0]).toMatchObject({ credentials: 'omit', cache: 'no-store', redirect: 'manual' });
    // As in Cloudflare Workers, which throw on a member that their requests do not have.
    vi.stubGlobal('Request', class {});
    const worker = createBoundedFetch(async (_url, init = {}) => {
      const unknown = ['credentials', 'cache', 'mode'].find((member) => member in init);
      if (unknown !== undefined)
        throw new Error(`The '${unknown}' field on 'RequestInitializerDict' is not implemented.`);
      return listening(init);
    });
    expect(await worker(request('/bytes'))).toMatchObject({ ok: true });
    expect(inits[1]).toMatchObject({ redirect: 'manual' });
  });

  it('tells a server that is silent from one that is not there or breaks off', async () => {
    expect(await boundedFetch(request('/silent', { timeoutMilliseconds: 50 }))).toEqual({
      ok: false,
      failure: 'timed_out',
    });
    expect(await boundedFetch(request('/broken'))).toEqual({ ok: false, failure: 'not_reached' });
    expect(await boundedFetch({ ...request(''), url: 'http://127.0.0.1:1/' })).toEqual({
      ok: false,
      failure: 'not_reached',
    });
    expect(await boundedFetch({ ...request(''), url: 'no address' })).toEqual({ ok: false, failure: 'not_reached' });
  });
});
