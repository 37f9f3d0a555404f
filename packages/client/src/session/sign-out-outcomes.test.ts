import { describe, expect, it } from 'vitest';
import { authorizationCode } from '../grants/authorization-code.js';
import { type Answer, createProtectedServer, type SeenRequest } from '../testing/protected-server.js';
import { createSession } from './session.js';

const REVOKE = 'https://as.example/revoke';

/** Signs in and out again at a server whose revocation endpoint answers so; undefined where it has none. */
async function signOutAt(answer: ((request: SeenRequest) => Answer) | undefined) {
  const metadata = answer === undefined ? {} : { revocation_endpoint: REVOKE };
  const server = createProtectedServer({ metadata });
  if (answer !== undefined) server.routes.set(REVOKE, answer);
  const { serverUrl, transport, signIn, seen } = server;
  const session = createSession({ serverUrl, transport, grant: authorizationCode(signIn) });
  await session.signIn();
  const outcome = await session.signOut();
  const told = seen.filter(({ url }) => url === REVOKE).map(({ form }) => form.get('token'));
  return { outcome, told, isSignedOut: (await session.status()) === undefined };
}

const of = (hint: string, answer: Answer) => (request: SeenRequest) =>
  request.form.get('token_type_hint') === hint ? answer : {};
const UNSUPPORTED = { status: 400, json: { error: 'unsupported_token_type' } };

describe('signing out (RFC 7009)', () => {
  it.each([
    ['revoked', 'both tokens end', () => ({})],
    ['not_renewable', 'access tokens cannot be ended', of('access_token', UNSUPPORTED)],
    ['not_revoked', 'the refresh token is not ended', of('refresh_token', { status: 400, json: { error: 'x' } })],
    ['not_revoked', 'no token can be ended', () => UNSUPPORTED],
    ['not_revoked', 'the access token is refused for another reason', of('access_token', { status: 503 })],
  ] as const)('is %s where %s', async (outcome, _when, answer) => {
    expect(await signOutAt(answer)).toEqual({ outcome, told: ['rt-1', 'at-1'], isSignedOut: true });
  });

  it('is not_revocable where the server has no such endpoint', async () => {
    expect(await signOutAt(undefined)).toEqual({ outcome: 'not_revocable', told: [], isSignedOut: true });
  });
});
