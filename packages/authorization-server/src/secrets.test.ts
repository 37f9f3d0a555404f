import { base64Url, randomSecret } from '@portcullis/ports';
import { nodePlatform } from '@portcullis/ports/node';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createDynamicClient } from './clients/registration.js';
import { createBrowserCookies } from './consent/browser-cookies.js';
import { createRefreshToken, createSuccessor, deriveSuccessor } from './grants/refresh-token-secret.js';
import { ownName } from './testing/client-assertions.js';
import { configuredClient, ISSUER, SECRET } from './testing/fixtures.js';
import { consentForm, leavingLocation } from './testing/test-browser.js';
import { claimsOf, redemption, refreshing } from './testing/test-client.js';
import { startTestServer } from './testing/test-server.js';

// Ids and secrets come from the secure source and from nowhere else.

const COUNT = 100_000;

beforeEach(() => {
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
});
afterEach(() => vi.restoreAllMocks());

const { random } = nodePlatform;
const ends = { grant: { grantId: 'g', expiresAtEpochSeconds: 1 }, idleSeconds: 1, now: 0 };
const registration = {
  metadata: {
    redirectUris: [],
    tokenEndpointAuthMethod: 'client_secret_basic',
    grantTypes: [],
    clientName: undefined,
    clientUri: undefined,
    applicationType: undefined,
    dpopBoundAccessTokens: false,
    requirePushedAuthorizationRequests: false,
    keys: undefined,
    jwksUri: undefined,
  },
  redirectUris: [],
} as const;

/** Made once for all that is looked at of it: the makings are what takes long. */
function madeOnce<T>(make: () => T): (index: number) => T {
  let made: readonly T[] | undefined;
  return (index) => {
    made ??= Array.from({ length: COUNT }, make);
    return made[index] as T;
  };
}
const newClient = madeOnce(() =>
  createDynamicClient(registration, nodePlatform, { tenantId: 'default', registrationManagement: true }),
);
const successor = madeOnce(() => createSuccessor(nodePlatform, 'pcr_predecessor', ends));
const cookies = createBrowserCookies({ tenantId: 'default', issuerUrl: new URL(ISSUER) } as never, nodePlatform);

describe.each<[string, number, (index: number) => string]>([
  ['secrets as codes, transactions and sessions have them', 32, () => randomSecret(random, '')],
  ['ids as grants and access tokens have them', 16, () => base64Url(random.bytes(16))],
  ['refresh tokens', 32, () => createRefreshToken(nodePlatform, ends).refreshToken.replace(/^pcr_/, '')],
  ['successors', 32, (index) => successor(index).refreshToken.replace(/^pcr_/, '')],
  ['salts of successors', 32, (index) => successor(index).salt],
  ['browser secrets', 32, () => cookies.identify(new Headers()).browser.replace(/^pcb_/, '')],
  ['session secrets', 32, () => cookies.newSessionSecret().replace(/^pcl_/, '')],
  ['client ids', 16, (index) => newClient(index).client.clientId.replace(/^client_/, '')],
  ['client secrets', 32, (index) => newClient(index).clientSecret?.replace(/^pcs_/, '') ?? ''],
  ['registration tokens', 32, (index) => newClient(index).registrationToken?.replace(/^pcm_/, '') ?? ''],
])('%s', (_title, bytes, make) => {
  it(`ST-05 are ${bytes * 8} bits without a bias, and none of ${COUNT} comes twice`, { timeout: 60_000 }, () => {
    const made = Array.from({ length: COUNT }, (_, index) => make(index));
    expect(new Set(made).size).toBe(COUNT);
    // The last character holds the bits that are left over, so it has fewer values.
    const whole = Math.floor((bytes * 8) / 6);
    expect(new Set(made.map((text) => text.length))).toEqual(new Set([whole + 1]));
    const counts = new Uint32Array(128);
    for (const text of made) {
      for (let index = 0; index < whole; index += 1) {
        const code = text.charCodeAt(index);
        counts[code] = (counts[code] ?? 0) + 1;
      }
    }
    const used = [...counts.keys()].filter((code) => counts[code] !== 0);
    expect(String.fromCharCode(...used)).toMatch(/^-0123456789[A-Z]{26}_[a-z]{26}$/);
    const expected = (COUNT * whole) / 64;
    const squares = used.map((code) => ((counts[code] ?? 0) - expected) ** 2 / expected);
    // Chi squared with 63 degrees of freedom: one fair source in ten thousand million exceeds this.
    expect(squares.reduce((sum, square) => sum + square, 0)).toBeLessThan(160);
  });
});

it('ST-05 makes every id and secret of a whole flow of nothing but bytes of the secure source', async () => {
  const drawn: string[] = [];
  const bytes = (length: number): Uint8Array<ArrayBuffer> => {
    const fresh = random.bytes(length);
    drawn.push(base64Url(fresh));
    return fresh;
  };
  const svc = configuredClient('svc', {
    tokenEndpointAuthMethod: 'client_secret_post',
    clientSecretHash: nodePlatform.hash(SECRET),
    grantTypes: ['client_credentials'],
    redirectUris: [],
  });
  const clock = { nowEpochSeconds: () => 1_800_000_000 };
  const platform = { ...nodePlatform, clock, random: { bytes } };
  const test = await startTestServer({ configuredClients: [svc] }, undefined, { platform });
  drawn.length = 0;

  const json = async (response: Response) => (await response.json()) as Record<string, string>;
  const {
    client_id = '',
    client_secret = '',
    registration_access_token,
  } = await json(
    await test.postJson('/register', {
      redirect_uris: ['https://app.test/cb'],
      token_endpoint_auth_method: 'client_secret_post',
    }),
  );
  const client = { client_id, client_secret };
  const browser = test.newBrowser();
  const consent = await consentForm(await browser.reachConsent({ client_id }));
  const code = (await leavingLocation(await browser.submit(consent))).searchParams.get('code') ?? '';
  const tokens = await json(await test.postForm('/token', redemption(code, client)));
  const refreshed = await json(await test.postForm('/token', refreshing(tokens['refresh_token'] ?? '', client)));
  const own = await json(await test.postForm('/token', ownName({ client_id: 'svc', client_secret: SECRET })));

  // A successor is its predecessor and a salt; it is the salt that was drawn.
  const saltOf = (successor: string | undefined): string | undefined =>
    drawn.find((salt) => deriveSuccessor(nodePlatform, tokens['refresh_token'] ?? '', salt) === successor);
  const claims = [tokens, refreshed, own].map((one) => claimsOf(one['access_token'] ?? ''));
  const made = [
    client_id,
    client_secret,
    registration_access_token,
    code,
    String(consent.fields['transaction']),
    // Of the one by which a browser is known, what goes before its end and its proof.
    ...[...browser.cookies.values()].map((value) => value.replace(/\..*$/, '')),
    tokens['refresh_token'],
    saltOf(refreshed['refresh_token']),
    ...claims.map(({ jti }) => jti),
    claims[0]?.['grant_id'],
    claims[2]?.['grant_id'],
  ].map((value) => String(value).replace(/^(pc[a-z]|client)_/, ''));
  expect(made).toHaveLength(15);
  expect(new Set(made).size).toBe(made.length);
  for (const value of made) expect(drawn).toContain(value);
  for (const value of made) expect(value.length).toBeGreaterThanOrEqual(22);
  expect(Math.random).not.toHaveBeenCalled();
});
