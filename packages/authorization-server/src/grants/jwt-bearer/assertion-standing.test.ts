import type { AuditEvent, AuditEventType } from '@portcullis/ports';
import { createBoundedFetch } from '@portcullis/ports';
import { createMemoryStorage } from '@portcullis/ports/memory';
import { nodePlatform } from '@portcullis/ports/node';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { subjectAtIssuer } from '../../sign-in/subject-at-issuer.js';
import { makeTestKey } from '../../testing/client-assertions.js';
import { FILES, MAIL } from '../../testing/fixtures.js';
import {
  assertionClients,
  byAssertion,
  expectIssued,
  ISSUER_KEYS,
  platform,
  presentAsConf,
  provider,
  rowsOf,
  signIdJag,
  signWorkloadToken,
  startAssertionServer,
} from '../../testing/identity-provider.js';
import { type IssuerHost, startIssuerHost } from '../../testing/issuer-host.js';
import { consentForm, leavingLocation } from '../../testing/test-browser.js';
import { claimsOf, expectRefusal } from '../../testing/test-client.js';
import { addResourceServer } from '../../testing/test-resource-server.js';
import type { TestServer } from '../../testing/test-server.js';
import { createTestSignIn } from '../../testing/test-sign-in.js';

const SUBJECT = subjectAtIssuer(nodePlatform.hash, provider.issuer, 'U019488227');
let test: TestServer;
let host: IssuerHost;

beforeAll(async () => {
  host = await startIssuerHost();
});
afterAll(() => host.close());
beforeEach(async () => {
  test = await startAssertionServer();
});

const event = (type: AuditEventType): AuditEvent => {
  return { type, outcome: 'allowed', tenantId: 'default', occurredAtEpochSeconds: test.clock.now };
};
const revocation = () => ({ now: test.clock.now, markLifetimeSeconds: 630 });
const present = async (claims: object = {}) => presentAsConf(test, await signIdJag(test, { claims: { ...claims } }));

/** Refused for everybody alike, with the reason in the trail alone, and with nothing written. */
async function expectRefused(ask: () => Promise<Response>, reason: string): Promise<void> {
  const before = await rowsOf(test);
  const refused = await ask();
  expect(await refused.clone().json()).toEqual({
    error: 'invalid_grant',
    error_description: 'The assertion is not valid.',
  });
  await expectRefusal(refused, 400, 'invalid_grant');
  expect(test.events.at(-1)).toMatchObject({ type: 'token.refused', reason, detail: expect.any(String) });
  expect(await rowsOf(test)).toEqual(before);
}

describe('XG-04 what an operator does at once', () => {
  it('XG-04 switches the identity provider off, and on again', async () => {
    const { assertionIssuers } = test.storage;
    const disabled = event('assertion_issuer.disabled');
    await assertionIssuers.disable('default', provider.issuer, [], revocation(), disabled);
    const assertion = await signIdJag(test);
    await expectRefused(() => presentAsConf(test, assertion), 'assertion_issuer_disabled');
    // Another server on the same store knows it as well.
    const replica = await startAssertionServer({}, test.storage);
    await expectRefusal(await presentAsConf(replica, assertion), 400, 'invalid_grant');
    await assertionIssuers.enable('default', provider.issuer, event('assertion_issuer.enabled'));
    await expectIssued(await presentAsConf(test, assertion));
  });

  it('XG-04 disables the user', async () => {
    await expectIssued(await present());
    await test.storage.users.disable('default', SUBJECT, revocation(), event('user.disabled'));
    await expectRefused(() => present(), 'assertion_user_gone');
    await test.storage.users.enable('default', SUBJECT, event('user.enabled'));
    await expectIssued(await present());
  });

  it('XG-04 disables the user while the assertion is judged', async () => {
    await expectIssued(await present());
    const { users } = test.storage;
    const findBySubject = users.findBySubject;
    users.findBySubject = async (tenantId, subject) => {
      const found = await findBySubject(tenantId, subject);
      await users.disable('default', SUBJECT, revocation(), event('user.disabled'));
      return found;
    };
    await expectRefusal(await present(), 400, 'invalid_grant');
    expect(test.events.at(-1)).toMatchObject({ reason: 'assertion_user_gone', subject: SUBJECT });
  });

  it('XG-04 admits nobody new', async () => {
    test = await startAssertionServer({ assertionIssuers: [{ ...provider, admitsNewUsers: false }] });
    await expectRefused(() => present(), 'assertion_user_gone');
    const user = { tenantId: 'default', subject: SUBJECT, username: 'ada', createdAtEpochSeconds: 0 };
    await test.storage.users.recognise(user, event('user.recognised'));
    await expectIssued(await present());
  });

  it('XG-04 wants the consent of the user for a client, who signs in here by the same identity provider', async () => {
    const asking = assertionClients.map((client) => ({ ...client, consentRequired: true }));
    const signIn = createTestSignIn();
    test = await startAssertionServer({ configuredClients: asking }, createMemoryStorage(), { signIn });
    await expectRefused(() => present(), 'assertion_without_consent');
    const browser = test.newBrowser();
    signIn.remember(browser, { subject: SUBJECT, authenticatedAtEpochSeconds: test.clock.now });
    const page = await browser.authorize({ client_id: 'conf', scope: 'files:read' });
    leavingLocation(await browser.submit(await consentForm(page)));
    await expectIssued(await present());
    await expectRefused(() => present({ scope: 'files:read files:write' }), 'assertion_without_consent');
    await expectRefused(() => present({ sub: 'somebody-else' }), 'assertion_without_consent');
    await expectRefused(() => present({ resource: MAIL }), 'assertion_without_consent');
    const { consents, grants } = test.storage;
    const found = await consents.find('default', SUBJECT, 'conf', FILES);
    await grants.disconnect('default', SUBJECT, 'conf', revocation(), event('consent.withdrawn'));
    await expectRefused(() => present(), 'assertion_without_consent');
    // It was withdrawn just after it was read.
    consents.find = async () => found;
    await expectRefused(() => present(), 'assertion_without_consent');
  });
});

describe('XG-04 what the identity provider does', () => {
  it('XG-04 takes a key out of its set: 5 s later it signs for nobody', async () => {
    const next = await makeTestKey('RS256', 'next-key');
    host.serve('/jwks', { keys: [ISSUER_KEYS.provider.publicJwk] });
    const { jwks: _inline, ...elsewhere } = { ...provider, jwksUri: `${host.origin}/jwks` };
    test = await startAssertionServer({ assertionIssuers: [elsewhere] }, createMemoryStorage(), {
      configuredFetch: createBoundedFetch(fetch),
    });
    await expectIssued(await present());
    host.serve('/jwks', { keys: [next.publicJwk] });
    test.clock.now += 5;
    await expectRefused(() => present(), 'assertion_key_unknown');
    await expectIssued(await presentAsConf(test, await signIdJag(test, { key: next })));
  });
});

describe('what an assertion yielded', () => {
  it('is known to a resource server that asks, and ends with its user, its client and its mark', async () => {
    const files = await addResourceServer(test);
    const { access_token } = await expectIssued(await present());
    expect(await files.ask(access_token)).toMatchObject({ active: true, sub: SUBJECT, client_id: 'conf' });
    const { grant_id: grantId } = claimsOf(access_token);
    await test.storage.grants.revoke('default', String(grantId), test.clock.now, 630, event('grant.revoked'));
    expect(await files.ask(access_token)).toEqual({ active: false });
    const second = await expectIssued(await present());
    await test.storage.users.disable('default', SUBJECT, revocation(), event('user.disabled'));
    expect(await files.ask(second.access_token)).toEqual({ active: false });
  });

  it('names actors of the identity provider, none of which is a client of ours', async () => {
    const files = await addResourceServer(test);
    const act = { sub: 'client:nobody', act: { sub: 'client:plain' } };
    const { access_token } = await expectIssued(await present({ act }));
    expect(await files.ask(access_token)).toMatchObject({ active: true });
    const { now } = test.clock;
    await test.storage.clients.remove('default', 'plain', revocation(), event('client.removed'));
    test.clock.now = now + 1;
    expect(await files.ask(access_token)).toMatchObject({ active: true });
  });

  it('is on the account of its user as long as it lives', async () => {
    await expectIssued(await present());
    const { now } = test.clock;
    const listed = await test.storage.grants.listOfUser('default', SUBJECT, now);
    expect(listed).toMatchObject([{ grant: { clientId: 'conf', resource: FILES }, lastUsedAtEpochSeconds: now }]);
    expect(await test.storage.grants.listOfUser('default', SUBJECT, now + 600)).toEqual([]);
  });

  it('ends, for a workload, with its identity, its issuer and its mark', async () => {
    const files = await addResourceServer(test);
    const obtain = async () =>
      (await expectIssued(await test.postForm('/token', byAssertion(await signWorkloadToken(test))))).access_token;
    const token = await obtain();
    const active = { active: true, sub: 'workload:builds:deploy', client_id: 'workload:builds:deploy' };
    expect(await files.ask(token)).toMatchObject(active);
    const { assertionIssuers, grants } = test.storage;
    const disable = (subjects: readonly string[]) =>
      assertionIssuers.disable('default', platform.issuer, subjects, revocation(), event('assertion_issuer.disabled'));
    await disable([]);
    expect(await files.ask(token)).toEqual({ active: false });
    expect(test.events.at(-1)?.reason).toBe('workload_gone');
    await assertionIssuers.enable('default', platform.issuer, event('assertion_issuer.enabled'));
    expect(await files.ask(token)).toMatchObject(active);
    // By its mark it is dead for whoever does not ask, and stays so.
    await disable(['workload:builds:deploy']);
    await assertionIssuers.enable('default', platform.issuer, event('assertion_issuer.enabled'));
    expect(await files.ask(token)).toEqual({ active: false });
    expect(test.events.at(-1)?.reason).toBe('access_revoked');
    test.clock.now += 91;
    const later = await obtain();
    expect(await files.ask(later)).toMatchObject(active);

    const grantId = String(claimsOf(later)['grant_id']);
    await grants.revokeWithoutRow('default', grantId, revocation(), event('grant.revoked'));
    expect(await files.ask(later)).toEqual({ active: false });
    const [, anyBuild] = platform.identities;
    const identities = anyBuild === undefined ? [] : [anyBuild];
    const after = await startAssertionServer({ assertionIssuers: [{ ...platform, identities }] }, test.storage);
    after.clock.now = test.clock.now;
    const { secret, resourceServerId } = files;
    const authorization = `Basic ${btoa(`${resourceServerId}:${secret}`)}`;
    const asked = await after.postForm('/introspect', { token: await obtain() }, { authorization });
    expect(await asked.json()).toEqual({ active: false });
    expect(after.events.at(-1)?.reason).toBe('workload_gone');
  });
});
