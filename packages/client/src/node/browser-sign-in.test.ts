import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { authorizationCode } from '../grants/authorization-code.js';
import { createSession } from '../session/session.js';
import { createProtectedServer, type ProtectedServer } from '../testing/protected-server.js';
import { type BrowserSignInOptions, browserSignIn } from './browser-sign-in.js';

afterEach(() => vi.useRealTimers());

interface Visit {
  readonly status: number;
  readonly page: string;
}

/** Signs in with a browser that does as `browse` says. */
async function signInWith(
  browse: (open: (parameters: URLSearchParams) => Promise<Visit>, answer: URLSearchParams) => Promise<void>,
  options: BrowserSignInOptions = {},
  server: ProtectedServer = createProtectedServer(),
) {
  let redirectUri = '';
  const signIn = browserSignIn({
    timeoutSeconds: 30,
    ...options,
    browser: {
      async start(_command, args) {
        const url = new URL(args.at(-1) ?? '');
        redirectUri = url.searchParams.get('redirect_uri') ?? '';
        const open = async (parameters: URLSearchParams): Promise<Visit> => {
          const response = await fetch(`${redirectUri}?${parameters}`);
          return { status: response.status, page: await response.text() };
        };
        void browse(open, server.respond(url));
        return true;
      },
    },
  });
  const { transport, serverUrl } = server;
  const session = createSession({ serverUrl, transport, grant: authorizationCode(signIn) });
  const outcome = await session.signIn().catch((error: unknown) => error);
  return { outcome, server, redirectUri: () => redirectUri };
}

const isClosed = (address: string): Promise<boolean> =>
  fetch(address).then(
    () => false,
    () => true,
  );

describe('signing in with a browser', () => {
  it('CX-02 takes the right response after wrong ones, once, and listens no more', async () => {
    const seen: number[] = [];
    const { outcome, server, redirectUri } = await signInWith(async (open, answer) => {
      const wrong = new URLSearchParams(answer);
      wrong.set('state', 'another');
      for (const parameters of [wrong, new URLSearchParams({ error: 'access_denied' }), answer]) {
        seen.push((await open(parameters)).status);
      }
    });
    expect(outcome).toMatchObject({ tokens: { accessToken: 'at-1' } });
    await expect.poll(() => seen).toEqual([400, 400, 200]);
    expect(server.tokenRequests('authorization_code')).toHaveLength(1);
    expect(redirectUri()).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/callback$/);
    expect(await isClosed(redirectUri())).toBe(true);
  });

  it('CX-03 shows of a response from another issuer, or of a refusal, nothing but that it failed', async () => {
    const hostile = '<script>alert(1)</script>';
    for (const change of [{ iss: 'https://evil.example' }, { error: hostile }, { error: 'access_denied' }]) {
      const pages: Visit[] = [];
      const { outcome, server } = await signInWith(async (open, answer) => {
        const parameters = { ...Object.fromEntries(answer), error_description: hostile, ...change };
        pages.push(await open(new URLSearchParams(parameters)));
      });
      await expect.poll(() => pages.length).toBe(1);
      expect(pages[0]).toMatchObject({ status: 400, page: expect.stringContaining('The sign-in has failed') });
      expect(pages[0]?.page).not.toMatch(/alert|evil|access_denied/);
      expect(outcome).toMatchObject({ code: expect.stringMatching(/^authorization_re(fused|sponse_invalid)$/) });
      expect(String(outcome)).not.toMatch(/alert|evil/);
      expect(server.tokenRequests('authorization_code')).toEqual([]);
    }
  });

  it('CX-02 waits five minutes for a person, and listens no more', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const turn = await browserSignIn({ browser: { start: async () => true } }).begin([]);
    let outcome: unknown;
    const run = turn
      .run(new URL('https://as.example/authorize'), async () => 'ignored')
      .catch((error: unknown) => {
        outcome = error;
      });
    await vi.advanceTimersByTimeAsync(5 * 60 * 1000 - 1);
    expect(outcome).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    await run;
    expect(outcome).toMatchObject({ code: 'sign_in_timed_out' });
    vi.useRealTimers();
    await turn.end();
    expect(await isClosed(turn.redirectUri)).toBe(true);
  });

  it('CX-02 comes back to the port it is registered with, else to a free one, unless one is named', async () => {
    const taken = createServer();
    taken.listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const known = [`http://127.0.0.1:${port}/callback`, 'https://elsewhere.example/callback', 'no URL'];
    try {
      const turn = await browserSignIn().begin(known);
      expect(new URL(turn.redirectUri).port).not.toBe(String(port));
      await turn.end();
      await expect(browserSignIn({ port }).begin(known)).rejects.toMatchObject({ code: 'sign_in_required' });
    } finally {
      taken.close();
      await once(taken, 'close');
    }
    const turn = await browserSignIn().begin(known);
    expect(turn.redirectUri).toBe(known[0]);
    await turn.end();
  });

  it('CX-01 opens nothing where the server names no address for a browser, and listens no more', async () => {
    for (const endpoint of ['javascript:alert(1)', 'file:///etc/passwd', 'http://as.example/authorize', '-x']) {
      const server = createProtectedServer({ metadata: { authorization_endpoint: endpoint } });
      let visits = 0;
      const { outcome, redirectUri } = await signInWith(
        async () => {
          visits += 1;
        },
        {},
        server,
      );
      expect(outcome).toMatchObject({ code: 'url_refused' });
      expect([visits, redirectUri()]).toEqual([0, '']);
    }
  });
});
