import { describe, expect, it } from 'vitest';
import { OAuthClientError } from '../oauth-client-error.js';
import { createOAuthFetch } from '../oauth-fetch.js';
import { createSession } from '../session/session.js';
import { createProtectedServer } from '../testing/protected-server.js';
import { authorizationCode } from './authorization-code.js';

/** A person who comes back or does not, as `answers` says of each sign-in; the clients that asked them. */
async function signIns(answers: readonly boolean[], metadata: Readonly<Record<string, unknown>> = {}) {
  const server = createProtectedServer({ metadata });
  const left = [...answers];
  const grant = authorizationCode({
    begin: async () => ({
      redirectUri: 'http://127.0.0.1:1234/callback',
      async run(url, receive) {
        server.authorizations.push(url);
        if (left.shift() !== true) throw new OAuthClientError('sign_in_timed_out', 'Nobody came.');
        await receive(server.respond(url));
      },
      end: async () => {},
    }),
  });
  const session = createSession({ serverUrl: server.serverUrl, transport: server.transport, grant });
  const codes: (string | undefined)[] = [];
  for (const _ of answers) {
    codes.push(
      await session.signIn().then(
        () => undefined,
        (error: OAuthClientError) => error.code,
      ),
    );
  }
  const clientIds = server.authorizations.map(({ searchParams }) => searchParams.get('client_id'));
  return { codes, clientIds };
}

describe('a sign-in from which nobody comes back', () => {
  it('is the last one of a client that was registered before, at a server that cannot be asked about it', async () => {
    const { codes, clientIds } = await signIns([true, false, true]);
    expect(codes).toEqual([undefined, 'sign_in_timed_out', undefined]);
    expect(clientIds[1]).toBe(clientIds[0]);
    expect(clientIds[2]).not.toBe(clientIds[0]);
  });

  it('costs a client that was registered for it nothing', async () => {
    const { clientIds } = await signIns([false, true]);
    expect(clientIds[1]).toBe(clientIds[0]);
  });

  it('costs a client nothing that the server was asked about before', async () => {
    const { clientIds } = await signIns([true, false, true], { revocation_endpoint: 'https://as.example/revoke' });
    expect(new Set(clientIds).size).toBe(1);
  });
});

describe('a server that holds a client to the scopes it was registered with (RFC 7591 §2)', () => {
  /** Registers, then asks for more; `refuses` says of each registration whether that is too much for it. */
  async function stepUp(refuses: (registeredScope: string, askedScope: string) => boolean) {
    const server = createProtectedServer();
    const { respond } = server;
    const registered = (): string => {
      const last = server.seen.filter(({ url }) => url.endsWith('/register')).at(-1);
      return (JSON.parse(last?.body ?? '{}') as { scope?: string }).scope ?? '';
    };
    server.respond = (url) => {
      const isRefused = refuses(registered(), url.searchParams.get('scope') ?? '');
      const state = url.searchParams.get('state') ?? '';
      return isRefused ? new URLSearchParams({ error: 'invalid_scope', state, iss: server.issuer }) : respond(url);
    };
    const fetch = createOAuthFetch({ ...server, grant: authorizationCode(server.signIn) });
    await fetch(server.serverUrl);
    server.needed = 'b';
    const outcome = await fetch(server.serverUrl).then(
      ({ status }) => status,
      (error: OAuthClientError) => error.code,
    );
    const clientIds = server.authorizations.map(({ searchParams }) => searchParams.get('client_id'));
    return { outcome, clientIds, registered: registered() };
  }

  it('has it register again, for what it had and what it needs', async () => {
    const { outcome, clientIds, registered } = await stepUp((has, asks) => has !== asks);
    expect({ outcome, registered }).toEqual({ outcome: 200, registered: 'a b' });
    expect(new Set(clientIds).size).toBe(2);
    expect(clientIds).toHaveLength(3);
  });

  it('is asked no third time where it refuses the new client too', async () => {
    const { outcome, clientIds } = await stepUp((_has, asks) => asks !== 'a');
    expect(outcome).toBe('authorization_refused');
    expect(clientIds).toHaveLength(3);
  });
});
