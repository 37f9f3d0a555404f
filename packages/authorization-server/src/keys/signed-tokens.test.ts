import { SIGNING_ALGORITHMS } from '@portcullis/ports';
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose';
import { expect, it } from 'vitest';
import { FILES, ISSUER } from '../testing/fixtures.js';
import { obtainTokens, refreshing, type Tokens } from '../testing/test-client.js';
import { startTestServer, type TestServer } from '../testing/test-server.js';

/** What an independent library makes of a token, by the JWK Set that is served. */
async function verify(test: TestServer, { access_token }: Tokens, algorithm: string): Promise<void> {
  const jwks = createLocalJWKSet((await (await test.send('/jwks')).json()) as JSONWebKeySet);
  const currentDate = new Date(test.clock.now * 1000);
  const expected = { issuer: ISSUER, audience: FILES, typ: 'at+jwt', algorithms: [algorithm], currentDate };
  const { protectedHeader } = await jwtVerify(access_token, jwks, expected);
  expect(Object.keys(protectedHeader).sort()).toEqual(['alg', 'kid', 'typ']);
}

it.each(SIGNING_ALGORITHMS)('signs with %s from the first token on', async (algorithm) => {
  const test = await startTestServer({ signing: { algorithm } });
  await verify(test, await obtainTokens(test), algorithm);
});

it('signs with another algorithm once that is configured, and what was signed before stays valid', async () => {
  const before = await startTestServer();
  const first = await obtainTokens(before);
  const test = await startTestServer({ signing: { algorithm: 'RS256' } }, before.storage);
  await test.server.keys.rotateIfDue();
  const refreshed = async (tokens: Tokens): Promise<Tokens> =>
    (await (await test.postForm('/token', refreshing(tokens.refresh_token))).json()) as Tokens;
  const second = await refreshed(first);
  expect(decodeProtectedHeader(second.access_token).alg).toBe('ES256');
  test.clock.now += 300;
  await verify(test, first, 'ES256');
  test.clock.now += 600;
  const third = await refreshed(second);
  await verify(test, third, 'RS256');
  const jwks = (await (await test.send('/jwks')).json()) as JSONWebKeySet;
  expect(jwks.keys.map(({ alg, use, d }) => [alg, use, d])).toEqual([
    ['ES256', 'sig', undefined],
    ['RS256', 'sig', undefined],
  ]);
});
