import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exchange, openTestHost, statusOf, type TestHost, testRoutes } from './testing/test-host.js';

const HOST = 'Host: 127.0.0.1:8808\r\n';
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE'];
const PRM = '/.well-known/oauth-protected-resource/mcp';

let gate: TestHost;

beforeAll(async () => {
  gate = await openTestHost({ routes: routes() });
});
afterAll(() => gate.host.close(0));

/** With an MCP endpoint and an authorization server that know their methods as the real ones do. */
function routes() {
  return {
    ...testRoutes,
    assets: new Map([['/assets/a.css', { contentType: 'text/css', body: 'a{}' }]]),
    prm: new Map([[PRM, '{"resource":"x"}']]),
    authorizationServer: {
      ...testRoutes.authorizationServer,
      handles: (pathname: string) => pathname === '/token',
      answerUnread: async () => ({ status: 405, headers: { allow: 'POST, OPTIONS' }, body: '' }),
    },
  };
}

/** Over a connection of its own, since some answers end it. */
async function ask(method: string, path: string): Promise<{ status: number; allowed: readonly string[] | undefined }> {
  const { text } = await exchange(gate.port, `${method} ${path} HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`, 2000);
  const allow = /\r\nAllow: (.*)\r\n/i.exec(text)?.[1];
  return { status: statusOf(text), allowed: allow?.split(', ') };
}

describe('a method that a path does not have', () => {
  it.each([PRM, '/assets/a.css', '/', '/favicon.ico', '/livez', '/readyz'])(
    'is answered 405 at %s, with what there is and is not refused',
    async (path) => {
      const answers = new Map<string, Awaited<ReturnType<typeof ask>>>();
      for (const method of METHODS) answers.set(method, await ask(method, path));
      const answered = METHODS.filter((method) => answers.get(method)?.status !== 405);
      for (const method of METHODS.filter((one) => !answered.includes(one))) {
        expect([method, answers.get(method)?.allowed]).toEqual([method, answered]);
      }
    },
  );

  it.each([
    ['/mcp', ['GET', 'POST', 'DELETE', 'OPTIONS']],
    ['/token', ['POST', 'OPTIONS']],
    [PRM, ['GET', 'HEAD', 'OPTIONS']],
    ['/nothing', ['GET', 'HEAD']],
  ])('is TRACE at %s, with the methods of that path', async (path, allowed) => {
    expect(await ask('TRACE', path)).toEqual({ status: 405, allowed });
  });

  it('says to a preflight of a public document which methods there are', async () => {
    expect(await ask('OPTIONS', PRM)).toEqual({ status: 204, allowed: ['GET', 'HEAD', 'OPTIONS'] });
  });
});
