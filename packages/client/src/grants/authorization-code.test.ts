import { describe, expect, it } from 'vitest';
import { OAuthClientError } from '../oauth-client-error.js';
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
