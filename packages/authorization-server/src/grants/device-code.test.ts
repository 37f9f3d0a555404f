import type { Client } from '@portcullis/ports';
import { createMemoryStorage } from '@portcullis/ports/memory';
import { nodePlatform } from '@portcullis/ports/node';
import { beforeEach, describe, expect, it } from 'vitest';
import { clients, configuredClient, FILES, type Form, MAIL, resources, SECRET } from '../testing/fixtures.js';
import { claimsOf, expectRefusal, refreshing, type Tokens } from '../testing/test-client.js';
import { askForCodes, type DeviceCodes, decideOnDevice, poll, television, typeCode } from '../testing/test-device.js';
import { startTestServer, type TestServer } from '../testing/test-server.js';

const otherTelevision = { ...television, clientId: 'tv2' };
const withoutRefresh = { ...television, clientId: 'kiosk', grantTypes: television.grantTypes.slice(0, 1) };

let test: TestServer;
let codes: DeviceCodes;
beforeEach(async () => {
  test = await startTestServer({ configuredClients: [...clients, television, otherTelevision, withoutRefresh] });
  codes = await askForCodes(test);
});

const approve = (of = codes, changes: Form = {}) => decideOnDevice(test.newBrowser(), of.user_code, changes);
const lastReason = () => test.events.at(-1)?.reason;
const event = (type: 'user.disabled' | 'consent.withdrawn' | 'client.removed') =>
  ({ type, outcome: 'allowed', tenantId: 'default', occurredAtEpochSeconds: test.clock.now }) as const;
const revocation = () => ({ now: test.clock.now, markLifetimeSeconds: 630 });

describe('DV-01 polling', () => {
  it('DV-01 is answered authorization_pending until somebody decides, and that is not worth a line in the trail', async () => {
    const before = test.events.length;
    await expectRefusal(await poll(test, codes), 400, 'authorization_pending');
    test.clock.now += 5;
    await expectRefusal(await poll(test, codes), 400, 'authorization_pending');
    expect(test.events).toHaveLength(before);
  });

  it('DV-01 too fast is answered slow_down, and each time five seconds more have to pass', async () => {
    const pollAfter = async (seconds: number): Promise<string> => {
      test.clock.now += seconds;
      return ((await (await poll(test, codes)).json()) as { readonly error: string }).error;
    };
    expect(await pollAfter(0)).toBe('authorization_pending');
    expect(await pollAfter(2)).toBe('slow_down');
    expect(test.events.at(-1)).toMatchObject({
      type: 'token.refused',
      reason: 'device_polls_too_fast',
      clientId: 'tv',
    });
    expect(await pollAfter(5)).toBe('slow_down');
    expect(await pollAfter(12)).toBe('slow_down');
    expect(await pollAfter(20)).toBe('authorization_pending');
    expect(await pollAfter(17)).toBe('slow_down');
    expect(await pollAfter(25)).toBe('authorization_pending');
  });

  it('DV-01 yields tokens for the scopes, the resource and the user of the approval', async () => {
    await approve(codes, { scope: 'files:write' });
    const response = await poll(test, codes, { resource: FILES });
    expect(response.status).toBe(200);
    const body = (await response.json()) as Tokens & Record<string, unknown>;
    expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 600, scope: 'files:write' });
    expect(body.refresh_token).toMatch(/^pcr_/);
    expect(claimsOf(body.access_token)).toMatchObject({
      sub: 'subject-of-alice',
      client_id: 'tv',
      aud: FILES,
      scope: 'files:write',
      auth_time: test.clock.now,
    });
    expect(test.events.at(-1)).toMatchObject({
      type: 'device_code.redeemed',
      clientId: 'tv',
      subject: 'subject-of-alice',
      grantId: claimsOf(body.access_token)['grant_id'],
      scopes: ['files:write'],
    });
    const refreshed = await test.postForm('/token', refreshing(body.refresh_token, { client_id: 'tv' }));
    expect(((await refreshed.json()) as Tokens).scope).toBe('files:write');
  });

  it('DV-01 yields no refresh token to a client that may not refresh', async () => {
    const kiosk = await askForCodes(test, { client_id: 'kiosk' });
    await approve(kiosk);
    const body = (await (await poll(test, kiosk, { client_id: 'kiosk' })).json()) as object;
    expect(Object.keys(body)).toEqual(['access_token', 'token_type', 'expires_in', 'scope']);
  });

  it('DV-01 ID-02 20 times at once after the approval: exactly one gets tokens, and they stay good', async () => {
    await approve();
    const answers = await Promise.all(Array.from({ length: 20 }, () => poll(test, codes)));
    const winners = answers.filter(({ status }) => status === 200);
    expect(winners).toHaveLength(1);
    for (const loser of answers.filter((answer) => answer !== winners[0])) {
      await expectRefusal(loser, 400, 'invalid_grant');
    }
    await expectRefusal(await poll(test, codes), 400, 'invalid_grant');
    expect(lastReason()).toBe('device_code_gone');
    const { refresh_token } = (await (winners[0] as Response).json()) as Tokens;
    expect((await test.postForm('/token', refreshing(refresh_token, { client_id: 'tv' }))).status).toBe(200);
  });

  it('DV-01 is answered access_denied after a denial, and nothing ticked is one', async () => {
    await approve(codes, { scope: undefined });
    await expectRefusal(await poll(test, codes), 400, 'access_denied');
    await expectRefusal(await poll(test, codes), 400, 'access_denied');
  });

  it('DV-01 is answered expired_token from the end of the code on, approved or not', async () => {
    const approved = await askForCodes(test);
    test.clock.now += 599;
    await approve(approved);
    await expectRefusal(await poll(test, codes), 400, 'authorization_pending');
    test.clock.now += 1;
    await expectRefusal(await poll(test, codes), 400, 'expired_token');
    await expectRefusal(await poll(test, approved), 400, 'expired_token');
  });
});

describe('DV-01 a device code that is refused', () => {
  it('DV-01 G2 of another client: invalid_grant, and the first one still gets its tokens', async () => {
    await approve();
    await expectRefusal(await poll(test, codes, { client_id: 'tv2' }), 400, 'invalid_grant');
    expect(lastReason()).toBe('device_code_of_other_client');
    expect((await poll(test, codes)).status).toBe(200);
  });

  it('DV-01 G5 unknown: answered like one of another client', async () => {
    const unknown = await poll(test, { device_code: 'pcd_unknown' });
    const foreign = await poll(test, codes, { client_id: 'tv2' });
    expect(await unknown.text()).toBe(await foreign.text());
    expect(unknown.status).toBe(foreign.status);
  });

  it('DV-01 of a client without the grant: unauthorized_client', async () => {
    await expectRefusal(await poll(test, codes, { client_id: 'pub' }), 400, 'unauthorized_client');
  });

  it('DV-01 missing: invalid_request', async () => {
    await expectRefusal(await poll(test, { device_code: '' }), 400, 'invalid_request');
  });

  it('DV-01 G2 for another resource: invalid_target, before and after the approval', async () => {
    await expectRefusal(await poll(test, codes, { resource: MAIL }), 400, 'invalid_target');
    await approve();
    await expectRefusal(await poll(test, codes, { resource: MAIL }), 400, 'invalid_target');
    expect((await poll(test, codes)).status).toBe(200);
  });

  it('DV-01 asked for too often: the limit of a credential', async () => {
    for (let count = 0; count < 60; count += 1) expect((await poll(test, codes)).status).toBe(400);
    await expectRefusal(await poll(test, codes), 429, 'temporarily_unavailable');
  });

  it('DV-01 whose user was disabled between the look-up and the redemption', async () => {
    await approve();
    const { redeem } = test.storage.deviceCodes;
    test.storage.deviceCodes.redeem = async (...parameters) => {
      await test.storage.users.disable('default', 'subject-of-alice', revocation(), event('user.disabled'));
      return redeem(...parameters);
    };
    await expectRefusal(await poll(test, codes), 400, 'invalid_grant');
    expect(lastReason()).toBe('device_code_gone');
    expect(await test.storage.grants.listOfUser('default', 'subject-of-alice', test.clock.now)).toEqual([]);
  });

  it('DV-01 whose user is disabled, though the store still has it', async () => {
    await approve();
    const { findBySubject } = test.storage.users;
    test.storage.users.findBySubject = async (...parameters) => {
      const user = await findBySubject(...parameters);
      return user && { ...user, disabled: true };
    };
    await expectRefusal(await poll(test, codes), 400, 'invalid_grant');
    expect(lastReason()).toBe('user_gone');
  });

  it('DV-01 whose client the user took off their account before it came for its tokens', async () => {
    await approve();
    const withdrawn = event('consent.withdrawn');
    await test.storage.grants.disconnect('default', 'subject-of-alice', 'tv', revocation(), withdrawn);
    await expectRefusal(await poll(test, codes), 400, 'invalid_grant');
  });
});

describe('DV-01 a server that is configured anew between the approval and the poll', () => {
  async function approvedThen(
    whenAsked: Client,
    now: Parameters<typeof startTestServer>[0],
    changes: Form = {},
  ): Promise<{ readonly after: TestServer; readonly before: TestServer; readonly issued: DeviceCodes }> {
    const storage = createMemoryStorage();
    const before = await startTestServer({ configuredClients: [whenAsked] }, storage);
    const issued = await askForCodes(before, changes);
    await decideOnDevice(before.newBrowser(), issued.user_code);
    return { before, issued, after: await startTestServer(now, storage) };
  }

  it('DV-01 CI-08 from a secret to none does not open a code of before, which is good again with the secret', async () => {
    const clientSecretHash = nodePlatform.hash(SECRET);
    const strong = { ...television, tokenEndpointAuthMethod: 'client_secret_post', clientSecretHash } as const;
    const storage = createMemoryStorage();
    const before = await startTestServer({ configuredClients: [strong] }, storage);
    const issued = await askForCodes(before, { client_secret: SECRET });
    await decideOnDevice(before.newBrowser(), issued.user_code);
    const after = await startTestServer({ configuredClients: [television] }, storage);
    await expectRefusal(await poll(after, issued), 401, 'invalid_client');
    expect(after.events.at(-1)).toMatchObject({ reason: 'client_became_weaker', grantId: expect.any(String) });
    const response = await poll(before, issued, { client_secret: SECRET });
    const { refresh_token } = (await response.json()) as Tokens;
    const found = await before.storage.grants.findByRefreshToken('default', nodePlatform.hash(refresh_token));
    expect(found?.grant.clientAuthMethod).toBe('client_secret_post');
  });

  it('DV-01 the resource is gone', async () => {
    const now = { configuredClients: [television], resources: resources.slice(1) };
    const { after, issued } = await approvedThen(television, now);
    await expectRefusal(await poll(after, issued), 400, 'invalid_grant');
    expect(after.events.at(-1)).toMatchObject({ reason: 'resource_gone' });
  });

  it('DV-01 a scope is gone, and then the last one', async () => {
    const narrow = { ...television, scopes: ['files:read'] };
    const first = await approvedThen(television, { configuredClients: [narrow] });
    const tokens = (await (await poll(first.after, first.issued)).json()) as Tokens;
    expect(tokens.scope).toBe('files:read');
    const second = await approvedThen(television, { configuredClients: [narrow] }, { scope: 'files:write' });
    await expectRefusal(await poll(second.after, second.issued), 400, 'invalid_grant');
    expect(second.after.events.at(-1)).toMatchObject({ reason: 'scope_gone' });
  });

  it('DV-01 the client lost the grant: its codes are neither redeemed nor approved', async () => {
    const now = { configuredClients: [configuredClient('tv')] };
    const { after, before, issued } = await approvedThen(television, now);
    await expectRefusal(await poll(after, issued), 400, 'unauthorized_client');
    const pending = await askForCodes(before);
    const response = await typeCode(after.newBrowser(), pending.user_code);
    expect(response.status).toBe(400);
    expect(after.events.at(-1)).toMatchObject({ type: 'authorization.refused', reason: 'grant_type_not_of_client' });
  });

  it('DV-01 the client is gone', async () => {
    const { after, before, issued } = await approvedThen(television, { configuredClients: clients });
    await expectRefusal(await poll(after, issued), 401, 'invalid_client');
    const response = await typeCode(after.newBrowser(), (await askForCodes(before)).user_code);
    expect(response.status).toBe(400);
    expect(after.events.at(-1)).toMatchObject({ type: 'authorization.refused', reason: 'client_unknown' });
  });
});
