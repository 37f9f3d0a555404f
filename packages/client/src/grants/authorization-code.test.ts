import { beforeEach, describe, expect, it } from 'vitest';
import { createOAuthFetch } from '../oauth-fetch.js';
import type { ReceivedResponse, SignIn } from '../sign-in/sign-in.js';
import { optionsFor } from '../testing/client-of.js';
import { createProtectedServer, type ProtectedServer } from '../testing/protected-server.js';
import { authorizationCode } from './authorization-code.js';

let server: ProtectedServer;
beforeEach(() => {
  server = createProtectedServer();
});

/** A sign-in whose responses a test hands over itself. */
function manualSignIn() {
  let settle = (): void => {};
  let opened = (_flow: Flow): void => {};
  const flow = new Promise<Flow>((resolve) => {
    opened = resolve;
  });
  const signIn: SignIn = {
    begin: async () => ({
      redirectUri: 'http://127.0.0.1:1234/callback',
      run: (url, receive) =>
        new Promise<void>((resolve) => {
          settle = resolve;
          opened({
            url,
            async receive(parameters) {
              const received = await receive(parameters);
              if (received !== 'ignored') settle();
              return received;
            },
          });
        }),
      end: async () => {},
    }),
  };
  return { signIn, flow };
}

interface Flow {
  readonly url: URL;
  receive(parameters: URLSearchParams): Promise<ReceivedResponse>;
}

describe('two sign-ins under way at once', () => {
  it('CL-05 take no response of each other, go on waiting, and end with their own, once', async () => {
    const { fetch: mcp } = server;
    const [one, other] = [manualSignIn(), manualSignIn()];
    const ended = [one, other].map(({ signIn }) =>
      createOAuthFetch(optionsFor(server, { grant: authorizationCode(signIn), fetch: mcp }))(server.serverUrl),
    );
    const [first, second] = await Promise.all([one.flow, other.flow]);
    const answer = ({ url }: Flow, code: string) => {
      const state = url.searchParams.get('state') ?? '';
      return new URLSearchParams({ code, state, iss: server.issuer });
    };
    const stateless = answer(second, 'stolen');
    stateless.delete('state');
    const foreign = [
      answer(second, 'code-2'),
      stateless,
      new URLSearchParams({ error: 'access_denied' }),
      new URLSearchParams({ error: 'access_denied', state: second.url.searchParams.get('state') ?? '' }),
    ];
    for (const parameters of foreign) expect(await first.receive(parameters)).toBe('ignored');
    expect(server.tokenRequests('authorization_code')).toEqual([]);
    expect(await first.receive(answer(first, 'code-1'))).toBe('accepted');
    expect(await first.receive(answer(first, 'code-1'))).toBe('ignored');
    expect(await second.receive(answer(second, 'code-2'))).toBe('accepted');
    expect((await Promise.all(ended)).map(({ ok }) => ok)).toEqual([true, true]);
    expect(server.tokenRequests('authorization_code').map(({ form }) => form.get('code'))).toEqual([
      'code-1',
      'code-2',
    ]);
    expect(first.url.searchParams.get('state')).not.toBe(second.url.searchParams.get('state'));
  });
});

describe('a response of another issuer', () => {
  it('CL-04 is not told of: its error, description and address appear nowhere', async () => {
    const written = { error: 'evil_code', error_description: 'call 555', error_uri: 'https://evil.example/help' };
    server.respond = (url) =>
      new URLSearchParams({ ...written, state: url.searchParams.get('state') ?? '', iss: 'https://evil.example' });
    const events: unknown[] = [];
    const fetch = createOAuthFetch(optionsFor(server, { onEvent: (event) => events.push(event) }));
    const error = await fetch(server.serverUrl).then(
      () => undefined,
      (cause: unknown) => cause,
    );
    expect(error).toMatchObject({ code: 'authorization_response_invalid', error: undefined });
    const told = JSON.stringify([error, String(error), (error as Error).stack, events]);
    for (const text of Object.values(written)) expect(told).not.toContain(text);
    expect(server.tokenRequests('authorization_code')).toEqual([]);
  });

  it('CL-04 is told of by its code where it is of the right one, and by nothing else that it says', async () => {
    server.respond = (url) =>
      new URLSearchParams({
        error: 'access_denied',
        error_description: 'call 555',
        state: url.searchParams.get('state') ?? '',
        iss: server.issuer,
      });
    const error = await createOAuthFetch(optionsFor(server))(server.serverUrl).catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code: 'authorization_refused', error: 'access_denied' });
    expect(String(error)).not.toContain('555');
  });
});

it.each([[undefined], [['plain']], [[]]])(
  'CL-03 nothing is sent and nobody is asked where PKCE is %j: no registration, no place to come back to',
  async (methods) => {
    server = createProtectedServer({ metadata: { code_challenge_methods_supported: methods } });
    let begun = 0;
    const signIn: SignIn = {
      begin(known) {
        begun += 1;
        return server.signIn.begin(known);
      },
    };
    const fetch = createOAuthFetch(optionsFor(server, { grant: authorizationCode(signIn) }));
    await expect(fetch(server.serverUrl)).rejects.toMatchObject({ code: 'pkce_not_supported' });
    expect(server.seen.filter(({ method }) => method === 'POST')).toEqual([]);
    expect(begun).toBe(0);
  },
);
