import { beforeEach, describe, expect, it } from 'vitest';
import { configuredClient, FILES, type Form, MAIL, resources } from '../testing/fixtures.js';
import {
  claimsOf,
  expectRefusal,
  obtainCode,
  obtainTokens,
  redemption,
  refreshing,
  type Tokens,
} from '../testing/test-client.js';
import { startTestServer, type TestServer } from '../testing/test-server.js';

const DAY = 86_400;

let test: TestServer;
beforeEach(async () => {
  test = await startTestServer();
});

const refresh = (refreshToken: string, changes: Form = {}) =>
  test.postForm('/token', refreshing(refreshToken, changes));
const refreshed = async (refreshToken: string, changes: Form = {}): Promise<Tokens> => {
  const response = await refresh(refreshToken, changes);
  expect(response.status).toBe(200);
  return (await response.json()) as Tokens;
};

it('rotates with every use, and the new access token still tells when the user signed in', async () => {
  const first = await obtainTokens(test);
  test.clock.now += 600;
  const second = await refreshed(first.refresh_token);
  expect(second.refresh_token).not.toBe(first.refresh_token);
  const [before, after] = [claimsOf(first.access_token), claimsOf(second.access_token)];
  expect(after).toMatchObject({ aud: FILES, grant_id: before['grant_id'], iat: test.clock.now });
  expect(after['jti']).not.toBe(before['jti']);
  expect(after['auth_time']).toBe(test.clock.now - 600);
  expect(before['auth_time']).toBe(after['auth_time']);
});

describe('TK-01 a rotated refresh token', () => {
  it('TK-01 ends its grant after the grace, and no other', async () => {
    const first = await obtainTokens(test);
    const other = await obtainTokens(test);
    const second = await refreshed(first.refresh_token);
    test.clock.now += 61;
    await expectRefusal(await refresh(first.refresh_token), 400, 'invalid_grant');
    expect(test.events.at(-1)).toMatchObject({ type: 'refresh_token.reuse_detected', outcome: 'refused' });
    await expectRefusal(await refresh(second.refresh_token), 400, 'invalid_grant');
    const marks = await test.storage.revocationMarks.after('default', 0, test.clock.now);
    expect(marks).toMatchObject([{ kind: 'grant', value: claimsOf(first.access_token)['grant_id'] }]);
    await refreshed(other.refresh_token);
  });

  it('TK-01 ends its grant once the successor was used, though the grace lasts', async () => {
    const first = await obtainTokens(test);
    const second = await refreshed(first.refresh_token);
    await refreshed(second.refresh_token);
    await expectRefusal(await refresh(first.refresh_token), 400, 'invalid_grant');
  });

  it.each([
    ['kept by every sweep', true],
    ['not swept', false],
  ])(
    'TK-01 ends its grant when its owner is back on day 31, whoever took a copy having rotated daily: %s',
    async (_title, isSwept) => {
      const owners = await obtainTokens(test);
      let thiefs = owners;
      for (let day = 1; day <= 31; day += 1) {
        thiefs = await refreshed(thiefs.refresh_token);
        test.clock.now += DAY;
        if (isSwept) await test.storage.sweep('default', test.clock.now);
      }
      await expectRefusal(await refresh(owners.refresh_token), 400, 'invalid_grant');
      expect(test.events.at(-1)).toMatchObject({
        type: 'refresh_token.reuse_detected',
        outcome: 'refused',
        reason: 'refresh_token_reused',
      });
      await expectRefusal(await refresh(thiefs.refresh_token), 400, 'invalid_grant');
      expect(test.events.at(-1)?.reason).toBe('grant_revoked');
      const marks = await test.storage.revocationMarks.after('default', 0, test.clock.now);
      expect(marks).toMatchObject([{ kind: 'grant', value: claimsOf(owners.access_token)['grant_id'] }]);
    },
  );

  it.each([
    [60, 3600],
    [0, 1],
  ])(
    'F-07 TK-01 ends its grant where it was rotated by a clock that was ahead, at a grace of %d seconds',
    async (grace, ahead) => {
      test = await startTestServer({ lifetimes: { refreshGraceSeconds: grace } });
      const first = await obtainTokens(test);
      await refreshed(first.refresh_token);
      test.clock.now -= ahead;
      // Reuse it stays, whatever else is wrong with it.
      await expectRefusal(await refresh(first.refresh_token, { scope: 'files:read unknown' }), 400, 'invalid_grant');
      expect(test.events.at(-1)).toMatchObject({ type: 'refresh_token.reuse_detected', outcome: 'refused' });
    },
  );

  it('gives the same successor again within the grace, with another access token', async () => {
    const first = await obtainTokens(test);
    const second = await refreshed(first.refresh_token);
    test.clock.now += 30;
    const again = await refreshed(first.refresh_token);
    expect(again.refresh_token).toBe(second.refresh_token);
    expect(again.access_token).not.toBe(second.access_token);
    expect(test.events.at(-1)?.type).toBe('refresh_token.repeated');
    await refreshed(second.refresh_token);
  });
});

it('TK-02 makes one successor of fifty refreshes, and every answer carries it', async () => {
  const first = await obtainTokens(test);
  const responses = await Promise.all(Array.from({ length: 50 }, () => refreshed(first.refresh_token)));
  const successors = new Set(responses.map((tokens) => tokens.refresh_token));
  expect(successors.size).toBe(1);
  await refreshed([...successors][0] ?? '');
});

it('TK-02 lets one of fifty win without a grace, and ends the grant', async () => {
  test = await startTestServer({ lifetimes: { refreshGraceSeconds: 0 } });
  const first = await obtainTokens(test);
  const responses = await Promise.all(Array.from({ length: 50 }, () => refresh(first.refresh_token)));
  const winners = responses.filter((response) => response.status === 200);
  expect(winners).toHaveLength(1);
  const { refresh_token } = (await (winners[0] as Response).json()) as Tokens;
  await expectRefusal(await refresh(refresh_token), 400, 'invalid_grant');
});

describe('TK-03 asking for more', () => {
  it.each<[string, Form, string]>([
    ['a scope beyond the grant', { scope: 'files:read files:write' }, 'invalid_scope'],
    ['another resource', { resource: MAIL }, 'invalid_target'],
    ['two resources', { resource: [FILES, MAIL] }, 'invalid_target'],
    ['a malformed scope', { scope: 'files:read"' }, 'invalid_scope'],
  ])('TK-03 refuses %s and rotates nothing', async (_title, changes, error) => {
    const first = await obtainTokens(test, { scope: 'files:read' });
    await expectRefusal(await refresh(first.refresh_token, changes), 400, error);
    await refreshed(first.refresh_token);
    expect(test.events.at(-1)?.type).toBe('refresh_token.rotated');
  });

  it.each<[string, Form, string]>([
    ['a scope beyond the grant', { scope: 'files:read files:write' }, 'invalid_scope'],
    ['another resource', { resource: MAIL }, 'invalid_target'],
  ])(
    'TK-01 ends the grant of a rotated token that comes with %s once its successor was used, and not before',
    async (_title, changes, error) => {
      const first = await obtainTokens(test, { scope: 'files:read' });
      const second = await refreshed(first.refresh_token);
      await expectRefusal(await refresh(first.refresh_token, changes), 400, error);
      const third = await refreshed(second.refresh_token);
      await expectRefusal(
        await refresh(first.refresh_token, { ...changes, client_id: 'limited' }),
        401,
        'invalid_client',
      );
      const fourth = await refreshed(third.refresh_token);
      await expectRefusal(await refresh(first.refresh_token, changes), 400, 'invalid_grant');
      expect(test.events.at(-1)?.type).toBe('refresh_token.reuse_detected');
      await expectRefusal(await refresh(fourth.refresh_token), 400, 'invalid_grant');
    },
  );

  it('TK-03 narrows one access token, and the next has the whole scope again', async () => {
    const first = await obtainTokens(test);
    const narrow = await refreshed(first.refresh_token, { scope: 'files:read' });
    expect(narrow.scope).toBe('files:read');
    expect(claimsOf(narrow.access_token)['scope']).toBe('files:read');
    expect((await refreshed(narrow.refresh_token)).scope).toBe('files:read files:write');
  });

  it.each([
    ['files:read offline_access', 'files:read'],
    ['offline_access', 'files:read files:write'],
    ['openid files:read offline_access', 'files:read'],
  ])(
    'TK-03 leaves out what is no scope of the resource, as the authorization endpoint does: %s',
    async (scope, granted) => {
      const first = await obtainTokens(test, { scope: 'openid files:read files:write offline_access' });
      expect((await refreshed(first.refresh_token, { scope })).scope).toBe(granted);
    },
  );

  it('TK-03 narrows a scope to one that it contains, and the next token has the whole again', async () => {
    const [files] = resources;
    if (files === undefined) throw new Error('There is no resource');
    const scopes = [...files.scopes, { name: 'files', description: '', implies: ['files:read', 'files:write'] }];
    test = await startTestServer({ resources: [{ ...files, scopes }] });
    const first = await obtainTokens(test, { scope: 'files' });
    const narrow = await refreshed(first.refresh_token, { scope: 'files:read' });
    expect(claimsOf(narrow.access_token)['scope']).toBe('files:read');
    expect(claimsOf((await refreshed(narrow.refresh_token)).access_token)['scope']).toBe('files');
  });
});

describe('a scope that the operator took back', () => {
  const onlyRead = { configuredClients: [configuredClient('pub', { scopes: ['files:read'] })] };
  const onlyList = {
    resources: resources.map((resource) => ({
      ...resource,
      scopes: [{ name: 'files:list', description: 'list' }],
      defaultScopes: ['files:list'],
    })),
  };

  it('is in no access token any more, neither by code nor by refresh', async () => {
    const code = await obtainCode(test);
    const first = await obtainTokens(test);
    const later = await startTestServer(onlyRead, test.storage);
    for (const form of [redemption(code), refreshing(first.refresh_token)]) {
      const tokens = (await (await later.postForm('/token', form)).json()) as Tokens;
      expect(tokens.scope).toBe('files:read');
      expect(claimsOf(tokens.access_token)['scope']).toBe('files:read');
    }
  });

  it('leaves nothing to grant when it was the last', async () => {
    const code = await obtainCode(test);
    const first = await obtainTokens(test);
    const later = await startTestServer(onlyList, test.storage);
    for (const form of [redemption(code), refreshing(first.refresh_token)]) {
      await expectRefusal(await later.postForm('/token', form), 400, 'invalid_grant');
      expect(later.events.at(-1)?.reason).toBe('scope_gone');
    }
    await refreshed(first.refresh_token);
  });
});

it('refuses another client, and the refresh token lives on', async () => {
  const first = await obtainTokens(test);
  await expectRefusal(await refresh(first.refresh_token, { client_id: 'nat' }), 400, 'invalid_grant');
  await refreshed(first.refresh_token);
});

it('dies when idle for 30 days', async () => {
  const first = await obtainTokens(test);
  test.clock.now += 30 * DAY;
  await expectRefusal(await refresh(first.refresh_token), 400, 'invalid_grant');
  expect(test.events.at(-1)).toMatchObject({ type: 'token.refused', reason: 'refresh_token_expired' });
});

it('dies 180 days after the grant, however often it was used', async () => {
  let { refresh_token } = await obtainTokens(test);
  for (let days = 0; days < 175; days += 25) {
    test.clock.now += 25 * DAY;
    ({ refresh_token } = await refreshed(refresh_token));
  }
  test.clock.now += 5 * DAY;
  await expectRefusal(await refresh(refresh_token), 400, 'invalid_grant');
});

it('G3 keeps every secret out of events and store', async () => {
  const first = await obtainTokens(test);
  const second = await refreshed(first.refresh_token);
  const kept = JSON.stringify([test.events, test.storage.events]);
  for (const secret of [first.refresh_token, second.refresh_token, first.access_token, 'alice-password']) {
    expect(kept).not.toContain(secret);
  }
});
