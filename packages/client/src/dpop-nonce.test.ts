import { expect, it } from 'vitest';
import { createOAuthFetch } from './oauth-fetch.js';
import { CALL, optionsFor } from './testing/client-of.js';
import { createProtectedServer } from './testing/protected-server.js';

/** A server that takes a bearer token or a bound one, and wants a nonce in the proof of a bound one (RFC 9449 §9). */
function setUp(nonceChallenge: string) {
  const server = createProtectedServer();
  server.routes.set(`${server.issuer}/token`, () => {
    server.accepted.set('at-bound', 'a');
    return { json: { access_token: 'at-bound', token_type: 'DPoP', expires_in: 600 } };
  });
  const nonces: unknown[] = [];
  server.fetch = async (input, init) => {
    const request = new Request(input, init);
    const [, claims = ''] = (request.headers.get('dpop') ?? '').split('.');
    if (request.headers.get('authorization') !== 'DPoP at-bound') {
      return new Response(null, { status: 401, headers: { 'www-authenticate': 'Bearer, DPoP algs="ES256"' } });
    }
    const { nonce } = JSON.parse(Buffer.from(claims, 'base64url').toString());
    nonces.push(nonce);
    if (nonce === 'n-1') return new Response(await request.text());
    const headers = { 'www-authenticate': nonceChallenge, 'dpop-nonce': 'n-1' };
    return new Response(null, { status: 401, headers });
  };
  return { server, nonces, fetch: createOAuthFetch(optionsFor(server, { dpop: 'always' })) };
}

it.each([
  'DPoP error="use_dpop_nonce", algs="ES256"',
  'Bearer, DPoP error="use_dpop_nonce"',
  'DPoP error="use_dpop_nonce", Bearer error="invalid_token"',
])('CL-07 a nonce is answered with the nonce and asks nobody: %s', async (challenge) => {
  const { server, nonces, fetch } = setUp(challenge);
  expect(await (await fetch(server.serverUrl, CALL)).text()).toContain('"wipe"');
  expect(nonces).toEqual([undefined, 'n-1']);
  expect(server.authorizations).toHaveLength(1);
});
