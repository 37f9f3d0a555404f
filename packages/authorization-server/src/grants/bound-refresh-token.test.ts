import { beforeEach, describe, expect, it } from 'vitest';
import { ownName } from '../testing/client-assertions.js';
import { makeProof, OTHER_KEY, PROOF_KEY, type ProofKey } from '../testing/dpop-proofs.js';
import { clients, configuredClient, type Form, SECRET } from '../testing/fixtures.js';
import { claimsOf, expectRefusal, obtainCode, redemption, refreshing, type Tokens } from '../testing/test-client.js';
import { addResourceServer } from '../testing/test-resource-server.js';
import { startTestServer, type TestServer } from '../testing/test-server.js';

const withSecret = clients.find(({ clientId }) => clientId === 'bas');
const svc = configuredClient('svc', {
  ...withSecret,
  clientId: 'svc',
  grantTypes: ['client_credentials'],
  redirectUris: [],
});
const basic = (clientId: string) => ({ authorization: `Basic ${btoa(`${clientId}:${SECRET}`)}` });

interface BoundTokens extends Tokens {
  readonly token_type: string;
}

let test: TestServer;
beforeEach(async () => {
  test = await startTestServer({ configuredClients: [...clients, svc] });
});

/** Sends the form with a proof of `key`, or without one. */
const post = async (form: Form, key: ProofKey | undefined, headers: Record<string, string> = {}) =>
  test.postForm('/token', form, { ...headers, ...(key === undefined ? {} : { dpop: await makeProof(test, { key }) }) });
const redeem = async (key: ProofKey | undefined, changes: Form = {}): Promise<BoundTokens> =>
  tokensOf(await post(redemption(await obtainCode(test, changes)), key));
const refresh = (refreshToken: string, key: ProofKey | undefined) => post(refreshing(refreshToken), key);
const tokensOf = async (response: Response): Promise<BoundTokens> => {
  expect(response.status).toBe(200);
  return (await response.json()) as BoundTokens;
};

/** What an access token is bound to, by itself and by the answer it came in. */
function expectBound(
  { access_token: accessToken, token_type: tokenType }: BoundTokens,
  key: ProofKey | undefined,
): void {
  expect(tokenType).toBe(key === undefined ? 'Bearer' : 'DPoP');
  expect(claimsOf(accessToken)['cnf']).toEqual(key && { jkt: key.thumbprint });
}

async function expectRefused(response: Response, reason: string): Promise<void> {
  await expectRefusal(response, 400, 'invalid_grant');
  expect(test.events.at(-1)).toMatchObject({ type: 'token.refused', outcome: 'refused', reason });
}

describe('a code', () => {
  it('PD-02 that was asked for with a key is redeemed with it, and with no other, and not without', async () => {
    const code = await obtainCode(test, { dpop_jkt: PROOF_KEY.thumbprint });
    for (const key of [OTHER_KEY, undefined]) {
      await expectRefused(await post(redemption(code), key), 'dpop_key_mismatch');
    }
    expectBound(await tokensOf(await post(redemption(code), PROOF_KEY)), PROOF_KEY);
  });

  it('PD-02 that was redeemed and comes again with another key ends nothing; with its own it ends the grant', async () => {
    const code = await obtainCode(test, { dpop_jkt: PROOF_KEY.thumbprint });
    const first = await tokensOf(await post(redemption(code), PROOF_KEY));
    for (const key of [OTHER_KEY, undefined]) {
      await expectRefused(await post(redemption(code), key), 'dpop_key_mismatch');
    }
    const second = await tokensOf(await refresh(first.refresh_token, PROOF_KEY));
    await expectRefusal(await post(redemption(code), PROOF_KEY), 400, 'invalid_grant');
    expect(test.events.at(-1)?.type).toBe('authorization_code.replayed');
    await expectRefused(await refresh(second.refresh_token, PROOF_KEY), 'grant_revoked');
  });

  it('that was asked for without a key takes whichever comes, or none', async () => {
    expectBound(await redeem(OTHER_KEY), OTHER_KEY);
    expectBound(await redeem(undefined), undefined);
  });

  it.each([
    'x',
    'A'.repeat(42),
    'A'.repeat(44),
    `${'A'.repeat(42)}=`,
    `${'A'.repeat(42)}+`,
    [PROOF_KEY.thumbprint, 'x'],
  ])('PD-02 is not to be had for the key %j', async (dpopKey) => {
    const response = await test.newBrowser().authorize({ dpop_jkt: dpopKey });
    const location = new URL(response.headers.get('location') ?? '');
    expect(location.origin + location.pathname).toBe('https://app.test/cb');
    expect(location.searchParams.get('error')).toBe('invalid_request');
    const reason = typeof dpopKey === 'string' ? 'dpop_key_malformed' : 'duplicate_parameter';
    expect(test.events.at(-1)).toMatchObject({ type: 'authorization.refused', reason });
  });
});

describe('a refresh token of a public client', () => {
  it('PD-02 is bound to the key of the redemption; another key or none rotates and ends nothing', async () => {
    const first = await redeem(PROOF_KEY);
    for (const key of [OTHER_KEY, undefined]) {
      await expectRefused(await refresh(first.refresh_token, key), 'dpop_key_mismatch');
    }
    const second = await tokensOf(await refresh(first.refresh_token, PROOF_KEY));
    expect(test.events.at(-1)?.type).toBe('refresh_token.rotated');
    expectBound(second, PROOF_KEY);
    for (const key of [OTHER_KEY, undefined]) {
      await expectRefused(await refresh(second.refresh_token, key), 'dpop_key_mismatch');
    }
    expectBound(await tokensOf(await refresh(second.refresh_token, PROOF_KEY)), PROOF_KEY);
  });

  it('PD-02 has the same successor within the grace for its key alone', async () => {
    const first = await redeem(PROOF_KEY);
    const second = await tokensOf(await refresh(first.refresh_token, PROOF_KEY));
    for (const key of [OTHER_KEY, undefined]) {
      await expectRefused(await refresh(first.refresh_token, key), 'dpop_key_mismatch');
    }
    const again = await tokensOf(await refresh(first.refresh_token, PROOF_KEY));
    expect(again.refresh_token).toBe(second.refresh_token);
    expectBound(again, PROOF_KEY);
    await tokensOf(await refresh(second.refresh_token, PROOF_KEY));
  });

  it('PD-02 that was rotated, after the grace, ends the grant by its key alone', async () => {
    const first = await redeem(PROOF_KEY);
    const second = await tokensOf(await refresh(first.refresh_token, PROOF_KEY));
    test.clock.now += 61;
    for (const key of [OTHER_KEY, undefined]) {
      await expectRefused(await refresh(first.refresh_token, key), 'dpop_key_mismatch');
    }
    const third = await tokensOf(await refresh(second.refresh_token, PROOF_KEY));
    await expectRefusal(await refresh(first.refresh_token, PROOF_KEY), 400, 'invalid_grant');
    expect(test.events.at(-1)?.type).toBe('refresh_token.reuse_detected');
    await expectRefused(await refresh(third.refresh_token, PROOF_KEY), 'grant_revoked');
  });

  it('PD-02 makes one successor of twenty refreshes with one key, among as many with another', async () => {
    const first = await redeem(PROOF_KEY);
    const keys = Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? PROOF_KEY : OTHER_KEY));
    const responses = await Promise.all(keys.map((key) => refresh(first.refresh_token, key)));
    const good = responses.filter(({ status }) => status === 200);
    expect(good).toHaveLength(20);
    const successors = new Set(await Promise.all(good.map(async (one) => (await tokensOf(one)).refresh_token)));
    expect(successors.size).toBe(1);
    await tokensOf(await refresh([...successors][0] ?? '', PROOF_KEY));
  });

  it('PD-02 that is bound to none cannot be bound later: whoever copied it could bind it as well', async () => {
    const first = await redeem(undefined);
    await expectRefused(await refresh(first.refresh_token, PROOF_KEY), 'refresh_token_unbound');
    expectBound(await tokensOf(await refresh(first.refresh_token, undefined)), undefined);
  });
});

describe('a client that proves who it is', () => {
  it('has refresh tokens that are bound to it alone, and access tokens that are to whichever key it proves', async () => {
    const code = await obtainCode(test, { client_id: 'bas' });
    let tokens = await tokensOf(await post(redemption(code, { client_id: 'bas' }), PROOF_KEY, basic('bas')));
    expectBound(tokens, PROOF_KEY);
    for (const key of [OTHER_KEY, undefined, PROOF_KEY]) {
      const form = refreshing(tokens.refresh_token, { client_id: 'bas' });
      const again = post(form, key, basic('bas'));
      tokens = await tokensOf(await again);
      expectBound(tokens, key);
    }
  });

  it('has its own access tokens bound', async () => {
    expectBound(await tokensOf(await post(ownName(), PROOF_KEY, basic('svc'))), PROOF_KEY);
    expectBound(await tokensOf(await post(ownName(), undefined, basic('svc'))), undefined);
  });
});

describe('a bound access token', () => {
  it('is told of with its key, and of the type DPoP, at introspection', async () => {
    const files = await addResourceServer(test);
    const { access_token: accessToken } = await redeem(PROOF_KEY);
    expect(await files.ask(accessToken)).toMatchObject({
      active: true,
      token_type: 'DPoP',
      cnf: { jkt: PROOF_KEY.thumbprint },
    });
    const unbound = await files.ask((await redeem(undefined)).access_token);
    expect(unbound).toMatchObject({ active: true, token_type: 'Bearer' });
    expect(unbound).not.toHaveProperty('cnf');
  });

  it.each(['access_token', 'refresh_token'] as const)(
    'ends with its grant, by the %s, without a proof',
    async (kind) => {
      const files = await addResourceServer(test);
      const tokens = await redeem(PROOF_KEY);
      const revoked = await test.postForm('/revoke', { client_id: 'pub', token: tokens[kind] });
      expect(revoked.status).toBe(200);
      expect(await files.ask(tokens.access_token)).toEqual({ active: false });
      await expectRefused(await refresh(tokens.refresh_token, PROOF_KEY), 'grant_revoked');
    },
  );
});
