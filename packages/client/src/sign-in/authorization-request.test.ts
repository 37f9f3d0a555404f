import { afterEach, expect, it, vi } from 'vitest';
import { assumeLegacyEndpoints } from '../discovery/legacy-endpoints.js';
import { buildAuthorizationRequest } from './authorization-request.js';

const REQUEST = {
  clientId: 'client',
  redirectUri: 'http://127.0.0.1:1/callback',
  resource: 'https://mcp.example/mcp',
  scopes: ['a'],
  dpopThumbprint: undefined,
};
const build = () => buildAuthorizationRequest(assumeLegacyEndpoints(new URL('https://as.example')), REQUEST);

afterEach(() => {
  vi.restoreAllMocks();
});

it('CL-05 state and verifier are random, independent of each other, and new for each request', async () => {
  // No source of randomness for secrets: nothing may come from it.
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
  const pending = await Promise.all(Array.from({ length: 50 }, build));
  const values = pending.flatMap(({ state, codeVerifier }) => [state, codeVerifier]);
  expect(new Set(values).size).toBe(100);
  for (const value of values) expect(value).toMatch(/^[\w-]{43}$/);
});

it('CL-05 the state is in the address, and the verifier is not', async () => {
  const { url, state, codeVerifier } = await build();
  expect(url.searchParams.get('state')).toBe(state);
  expect(url.href).not.toContain(codeVerifier);
  expect(url.searchParams.get('code_challenge_method')).toBe('S256');
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(codeVerifier));
  expect(url.searchParams.get('code_challenge')).toBe(Buffer.from(digest).toString('base64url'));
});

it.each([[[]], [['plain']], [['s256', 'S256 ', 'plain']]])(
  'CL-03 none is built where PKCE is %j',
  async (codeChallengeMethods) => {
    const server = { ...assumeLegacyEndpoints(new URL('https://as.example')), codeChallengeMethods };
    await expect(buildAuthorizationRequest(server, REQUEST)).rejects.toMatchObject({ code: 'pkce_not_supported' });
  },
);
