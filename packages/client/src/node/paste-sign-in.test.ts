import { describe, expect, it } from 'vitest';
import { authorizationCode } from '../grants/authorization-code.js';
import { OAuthClientError } from '../oauth-client-error.js';
import { createSession } from '../session/session.js';
import { createProtectedServer } from '../testing/protected-server.js';
import { pasteSignIn } from './paste-sign-in.js';

/** Signs in, entering what `lines` makes of the address that was shown. */
async function signInWith(lines: (url: URL, answer: URLSearchParams) => readonly (string | undefined)[]) {
  const server = createProtectedServer();
  let shown: URL | undefined;
  let unusable = 0;
  let entered: (string | undefined)[] | undefined;
  const signIn = pasteSignIn({
    timeoutSeconds: 5,
    onUrl(url) {
      shown = url;
    },
    async ask() {
      if (shown === undefined) throw new Error('Nothing was shown');
      entered ??= [...lines(shown, server.respond(shown))];
      return entered.shift();
    },
    onUnusable() {
      unusable += 1;
    },
  });
  const { transport, serverUrl } = server;
  const session = createSession({ serverUrl, transport, grant: authorizationCode(signIn) });
  const outcome = await session.signIn().catch((error: unknown) => error);
  return { outcome, server, unusable: () => unusable };
}

const REDIRECT_URI = 'http://127.0.0.1:49391/callback';

describe('signing in by pasting', () => {
  it('redeems the code in the address that was pasted', async () => {
    const { outcome, server } = await signInWith((_url, answer) => [`  ${REDIRECT_URI}?${answer}\r`]);
    expect(outcome).toMatchObject({ tokens: { accessToken: 'at-1' } });
    expect(server.tokenRequests('authorization_code')[0]?.form.get('redirect_uri')).toBe(REDIRECT_URI);
  });

  it('CL-05 asks again after what is no response to this sign-in', async () => {
    const { outcome, unusable, server } = await signInWith((_url, answer) => {
      const foreign = new URLSearchParams(answer);
      foreign.set('state', 'another');
      return [
        '',
        'the-code',
        `https://evil.example/callback?${answer}`,
        `${REDIRECT_URI}?${foreign}`,
        `${REDIRECT_URI}?${answer}`,
      ];
    });
    expect(outcome).toMatchObject({ tokens: { accessToken: 'at-1' } });
    expect(unusable()).toBe(4);
    expect(server.tokenRequests('authorization_code')).toHaveLength(1);
  });

  it('ends where nothing more is entered, or nothing of use', async () => {
    for (const lines of [[undefined], Array.from({ length: 100 }, () => 'no')]) {
      const { outcome, server } = await signInWith(() => lines);
      expect(outcome).toBeInstanceOf(OAuthClientError);
      expect(outcome).toMatchObject({ code: 'sign_in_timed_out' });
      expect(server.tokenRequests('authorization_code')).toEqual([]);
    }
  });

  it('ends when nobody answers in time', async () => {
    const server = createProtectedServer();
    const { transport, serverUrl } = server;
    const signIn = pasteSignIn({ timeoutSeconds: 0.01, onUrl: () => {}, ask: () => new Promise(() => {}) });
    const session = createSession({ serverUrl, transport, grant: authorizationCode(signIn) });
    await expect(session.signIn()).rejects.toMatchObject({ code: 'sign_in_timed_out' });
  });
});
