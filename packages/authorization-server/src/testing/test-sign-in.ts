import type { BrowserUser, SignInRequest, SignInService } from '@portcullis/ports';
import type { TestBrowser } from './test-browser.js';

const COOKIE = 'embedder-login';

/** A login that an embedder could have: on another site, with a cookie of its own on this one. */
export interface TestSignIn extends SignInService {
  /** What it was asked for, newest last. */
  readonly asked: SignInRequest[];
  /** Who is behind which value of its cookie. */
  readonly sessions: Map<string, BrowserUser>;
  /** Signs `user` in at this browser, before it comes here. */
  remember(browser: TestBrowser, user: BrowserUser): void;
  /** Plays the other site and the embedder's callback: signs `user` in and comes back. */
  complete(browser: TestBrowser, left: Response, user: BrowserUser): Promise<Response>;
}

export function createTestSignIn(): TestSignIn {
  const asked: SignInRequest[] = [];
  const sessions = new Map<string, BrowserUser>();
  const cookieOf = (headers: Headers): string =>
    new RegExp(`(?:^|; )${COOKIE}=([^;]*)`).exec(headers.get('cookie') ?? '')?.[1] ?? '';
  const remember = (browser: TestBrowser, user: BrowserUser): void => {
    const session = `session-${sessions.size}`;
    sessions.set(session, user);
    browser.cookies.set(COOKIE, session);
  };
  return {
    asked,
    sessions,
    remember,
    find: async (request) => sessions.get(cookieOf(request.headers)),
    async begin(_request, wanted) {
      asked.push(wanted);
      const location = `https://login.test/?${new URLSearchParams({ back: wanted.returnPath })}`;
      return new Response(null, { status: 303, headers: { location } });
    },
    async end(request) {
      sessions.delete(cookieOf(request.headers));
      return [`${COOKIE}=; Path=/; Max-Age=0`];
    },
    async complete(browser, left, user) {
      const location = new URL(left.headers.get('location') ?? '');
      if (location.origin !== 'https://login.test') throw new Error(`not at the other site but ${location.href}`);
      remember(browser, user);
      return browser.get(location.searchParams.get('back') ?? '');
    },
  };
}
