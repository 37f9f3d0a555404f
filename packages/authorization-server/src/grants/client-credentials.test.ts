import type { AuditEvent, Client } from '@portcullis/ports';
import { beforeEach, describe, expect, it } from 'vitest';
import { assertionFields, conf, ownName, signAssertion } from '../testing/client-assertions.js';
import { clients, configuredClient, FILES, type Form, ISSUER, MAIL, resources, SECRET } from '../testing/fixtures.js';
import { claimsOf, expectRefusal } from '../testing/test-client.js';
import { readPage } from '../testing/test-pages.js';
import { startTestServer, type TestServer } from '../testing/test-server.js';

const machine = { grantTypes: ['client_credentials'], redirectUris: [] };
const svc = configuredClient('svc', {
  ...machine,
  tokenEndpointAuthMethod: 'client_secret_basic',
  clientSecretHash: clients.find(({ clientId }) => clientId === 'bas')?.clientSecretHash,
});
const plus = configuredClient('team+ci', { ...svc, clientId: 'team+ci' });
const percent = configuredClient('50%off', { ...svc, clientId: '50%off' });
const limited = configuredClient('limited', { ...svc, clientId: 'limited', scopes: ['files:read'] });
let test: TestServer;

beforeEach(async () => {
  test = await startTestServer({ configuredClients: [...clients, svc, plus, percent, limited, conf] });
});

const basic = (clientId: string) => ({ authorization: `Basic ${btoa(`${clientId}:${SECRET}`)}` });
const ask = (form: Form = {}, clientId = 'svc') => test.postForm('/token', ownName(form), basic(clientId));
const lastReason = () => test.events.at(-1)?.reason;

interface Issued {
  readonly access_token: string;
  readonly scope: string;
}
const issued = async (response: Response): Promise<Issued> => {
  expect(response.status).toBe(200);
  return (await response.json()) as Issued;
};

it.each(['team+ci', '50%off'])('lets in %s by Basic, form encoded (RFC 6749 §2.3.1) and as it is', async (clientId) => {
  for (const written of [encodeURIComponent(clientId), clientId]) {
    expect(claimsOf((await issued(await ask({}, written))).access_token)).toMatchObject({ client_id: clientId });
  }
  const wrong = { authorization: `Basic ${btoa(`${clientId}:pcs_wrong`)}` };
  await expectRefusal(await test.postForm('/token', ownName(), wrong), 401, 'invalid_client');
  expect(test.events.at(-1)).toMatchObject({ reason: 'client_secret_wrong', clientId });
});

it('gives a client an access token in its own name, and nothing to refresh it with', async () => {
  const body = await issued(await ask());
  expect(body).toEqual({
    access_token: expect.any(String),
    token_type: 'Bearer',
    expires_in: 600,
    scope: 'files:read',
  });
  const claims = claimsOf(body.access_token);
  expect(claims).toEqual({
    iss: ISSUER,
    sub: 'client:svc',
    aud: FILES,
    client_id: 'svc',
    scope: 'files:read',
    tenant_id: 'default',
    grant_id: expect.stringMatching(/^[A-Za-z0-9_-]{22}$/),
    jti: expect.any(String),
    iat: test.clock.now,
    exp: test.clock.now + 600,
  });
  expect(test.events.at(-1)).toMatchObject({
    type: 'client_credentials.issued',
    outcome: 'allowed',
    clientId: 'svc',
    clientName: 'Client svc',
    subject: 'client:svc',
    resource: FILES,
    scopes: ['files:read'],
    grantType: 'client_credentials',
    grantId: claims['grant_id'],
    accessTokenId: claims['jti'],
  });
});

it('notes the use of a stored client, with one write a minute', async () => {
  const { clients: store } = test.storage;
  const registered: AuditEvent = {
    type: 'client.registered',
    outcome: 'allowed',
    tenantId: 'default',
    occurredAtEpochSeconds: test.clock.now,
  };
  await store.register({ ...svc, clientId: 'stored', source: 'registered' }, registered);
  const writes: number[] = [];
  const noteUse = store.noteUse;
  store.noteUse = (tenantId, clientId, now) => {
    writes.push(now);
    return noteUse(tenantId, clientId, now);
  };
  const start = test.clock.now;
  for (const second of [0, 1, 59, 60, 61]) {
    test.clock.now = start + second;
    await issued(await ask({}, 'stored'));
    await issued(await ask({}, 'svc'));
  }
  expect(writes).toEqual([start, start + 60]);
  expect((await store.find('default', 'stored'))?.lastUsedAtEpochSeconds).toBe(start + 60);
  await ask({ scope: 'files:unheard-of' }, 'stored');
  expect(writes).toHaveLength(2);
});

it('XG-07 takes every way to prove who it is, and never gives a refresh token', async () => {
  const post = configuredClient('post', { ...svc, clientId: 'post', tokenEndpointAuthMethod: 'client_secret_post' });
  test = await startTestServer({ configuredClients: [svc, post, conf] });
  await issued(await ask());
  await issued(await test.postForm('/token', ownName({ client_id: 'post', client_secret: SECRET })));
  // It may refresh, but there is nothing here to refresh.
  const ofConf = await issued(await test.postForm('/token', ownName(assertionFields(await signAssertion(test)))));
  expect(ofConf).not.toHaveProperty('refresh_token');
});

it('gives each access token a grant of its own, which ends by its mark', async () => {
  const [first, second] = [await issued(await ask()), await issued(await ask())];
  const grantIds = [first, second].map(({ access_token }) => String(claimsOf(access_token)['grant_id']));
  expect(new Set(grantIds).size).toBe(2);
  const [grantId = ''] = grantIds;
  expect(await test.storage.grants.find('default', grantId)).toBeUndefined();
  const { now } = test.clock;
  const event: AuditEvent = {
    type: 'grant.revoked',
    outcome: 'allowed',
    tenantId: 'default',
    occurredAtEpochSeconds: now,
  };
  const revocation = { now, markLifetimeSeconds: 630 };
  expect(await test.storage.grants.revokeWithoutRow('default', grantId, revocation, event)).toBe(true);
  const isDead = (value: string) =>
    test.storage.revocationMarks.covers('default', [{ kind: 'grant', value }], now, now);
  expect(await Promise.all(grantIds.map(isDead))).toEqual([true, false]);
});

describe('the scopes', () => {
  it.each<[string, string, Form, string]>([
    ['are the default of the resource', 'svc', {}, 'files:read'],
    ['are those that are named', 'svc', { scope: 'files:write' }, 'files:write'],
    ['leave out what the resource does not know', 'svc', { scope: 'files:write admin' }, 'files:write'],
    ['leave out offline_access', 'limited', { scope: 'files:read offline_access' }, 'files:read'],
    ['are the default as far as the client may have it', 'limited', {}, 'files:read'],
  ])('%s', async (_title, clientId, form, scope) => {
    const body = await issued(await ask(form, clientId));
    expect([body.scope, claimsOf(body.access_token)['scope']]).toEqual([scope, scope]);
  });

  it.each<[string, string, string, string]>([
    ['beyond the registration', 'limited', 'files:write', 'scope_beyond_registration'],
    ['beyond the registration beside a good one', 'limited', 'files:read files:write', 'scope_beyond_registration'],
    ['beyond the registration that no resource has', 'limited', 'files:read admin', 'scope_beyond_registration'],
    ['that nobody knows', 'svc', 'admin', 'scope_unknown'],
    ['malformed', 'svc', 'files:read  files:write', 'scope_malformed'],
  ])('XG-07 refuses a scope %s', async (_title, clientId, scope, reason) => {
    await expectRefusal(await ask({ scope }, clientId), 400, 'invalid_scope');
    expect(lastReason()).toBe(reason);
  });

  it('XG-07 grants nothing where the default and the registration have nothing in common', async () => {
    test = await startTestServer({ configuredClients: [{ ...svc, scopes: ['files:write'] }] });
    await expectRefusal(await ask(), 400, 'invalid_scope');
  });
});

describe('the resource', () => {
  it.each<[string, Form]>([
    ['of another tenant', { resource: `https://gate.test/t/b/files/mcp` }],
    ['that nobody knows', { resource: 'https://other.test/mcp' }],
    ['that is no URL', { resource: 'files' }],
    ['twice, and different', { resource: [FILES, MAIL] }],
    ['not named, where there are two', { resource: undefined }],
  ])('XG-07 refuses one that is %s', async (_title, form) => {
    await expectRefusal(await ask(form), 400, 'invalid_target');
  });

  it('is said to be missing where there are two', async () => {
    expect(await (await ask({ resource: undefined })).json()).toEqual({
      error: 'invalid_target',
      error_description: 'The resource parameter is missing. It is needed because there are several resources here.',
    });
  });

  it('may stay away where there is one', async () => {
    test = await startTestServer({ configuredClients: [svc], resources: resources.slice(0, 1) });
    const { access_token } = await issued(await ask({ resource: undefined }));
    expect(claimsOf(access_token)['aud']).toBe(FILES);
  });
});

describe('XG-07 who may not', () => {
  /** A client that got into the store by another way than the rules of today. */
  const stored = async (changes: Partial<Client>): Promise<void> => {
    const client = { ...svc, clientId: 'stored', source: 'registered', ...changes } as const;
    const now = test.clock.now;
    const event: AuditEvent = {
      type: 'client.added',
      outcome: 'allowed',
      tenantId: 'default',
      occurredAtEpochSeconds: now,
    };
    await test.storage.clients.register(client, event);
  };
  const asPublic = { tokenEndpointAuthMethod: 'none', clientSecretHash: undefined } as const;
  const named = ownName({ client_id: 'stored' });

  it('lets a client in that the operator registered', async () => {
    await stored({});
    await issued(await ask({}, 'stored'));
  });

  it.each<[string, Partial<Client>, string]>([
    ['without the grant', { grantTypes: ['authorization_code', 'refresh_token'] }, 'grant_type_not_of_client'],
    ['that registered itself', { source: 'dynamic' }, 'client_not_vouched_for'],
    ['of a metadata document', { source: 'metadata_document' }, 'client_not_vouched_for'],
  ])('XG-07 refuses a client %s, whatever its row says', async (_title, changes, reason) => {
    await stored(changes);
    await expectRefusal(await ask({}, 'stored'), 400, 'unauthorized_client');
    expect(test.events.at(-1)).toMatchObject({ type: 'token.refused', reason, clientId: 'stored' });
  });

  it.each<[string, Partial<Client>]>([
    ['public', {}],
    ['public and self-registered', { source: 'dynamic' }],
    ['public and of a metadata document', { source: 'metadata_document' }],
  ])('XG-07 refuses a client that is %s, whatever its row says', async (_title, changes) => {
    await stored({ ...asPublic, ...changes });
    await expectRefusal(await test.postForm('/token', named), 400, 'unauthorized_client');
    expect(lastReason()).toBe('client_not_confidential');
  });

  it('XG-07 refuses the public client `pub`', async () => {
    await expectRefusal(await test.postForm('/token', ownName({ client_id: 'pub' })), 400, 'unauthorized_client');
  });

  it('XG-07 refuses a client that asked for the grant when it registered itself', async () => {
    const grant_types = ['authorization_code', 'client_credentials'];
    const metadata = { redirect_uris: ['https://app.test/cb'], grant_types };
    const response = await test.postJson('/register', metadata);
    const { client_id, client_secret } = (await response.json()) as Record<string, string>;
    const authorization = `Basic ${btoa(`${client_id}:${client_secret}`)}`;
    await expectRefusal(await test.postForm('/token', ownName(), { authorization }), 400, 'unauthorized_client');
  });
});

describe('XG-07 in whose name', () => {
  it('XG-07 is never a user, whatever the client is called', async () => {
    const named = ['subject-of-alice', 'alice', 'client:alice'].map((clientId) => ({ ...svc, clientId }));
    test = await startTestServer({ configuredClients: named });
    for (const { clientId } of named) {
      // A colon ends the id in Basic, so it comes encoded.
      const authorization = `Basic ${btoa(`${encodeURIComponent(clientId)}:${SECRET}`)}`;
      const { access_token } = await issued(await test.postForm('/token', ownName(), { authorization }));
      const subject = String(claimsOf(access_token)['sub']);
      expect(subject).toBe(`client:${clientId}`);
      expect(await test.storage.users.findBySubject('default', subject)).toBeUndefined();
    }
  });

  it('XG-07 a user under the subject of a client gets no further than the password', async () => {
    const { now } = test.clock;
    const event: AuditEvent = {
      type: 'user.added',
      outcome: 'allowed',
      tenantId: 'default',
      occurredAtEpochSeconds: now,
    };
    const user = { username: 'eve', passwordHash: 'hashed eve-password', disabled: false, createdAtEpochSeconds: now };
    await test.storage.users.add({ tenantId: 'default', subject: 'client:svc', ...user }, event);
    const page = await readPage(await test.newBrowser().reachConsent({}, 'eve'));
    expect(page.page).toBe('error');
    expect(test.storage.events.map(({ type }) => type)).not.toContain('consent.granted');
  });
});

it('limits tries per client and network, so that no stranger uses up what a client may ask for', async () => {
  const clientAuthenticationFailures = { name: 'client_authentication_failures', points: 1000, windowSeconds: 60 };
  test = await startTestServer({ ...test.options, rateLimits: { clientAuthenticationFailures } });
  const from = (network: string, form: Form = {}) => {
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      authorization: `Basic ${btoa('svc:wrong')}`,
    };
    const body = new URLSearchParams({ ...ownName(), ...form } as Record<string, string>);
    return test.send('/token', { method: 'POST', headers, body }, { network });
  };
  // A code is no credential of this grant: another one with each try changes nothing.
  for (let index = 0; index < 60; index += 1) expect((await from('192.0.2.9', { code: `c${index}` })).status).toBe(401);
  await expectRefusal(await from('192.0.2.9'), 429, 'temporarily_unavailable');
  await issued(await ask());
});
