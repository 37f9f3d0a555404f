import type { AuditEvent, Client } from '@portcullis/ports';
import { TOKEN_EXCHANGE_GRANT_TYPE } from '@portcullis/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { clients, configuredClient, FILES, type Form, ISSUER, MAIL, resources } from '../testing/fixtures.js';
import { signToken } from '../testing/signed-token.js';
import { claimsOf, expectRefusal, obtainTokens, type Tokens } from '../testing/test-client.js';
import { addResourceServer } from '../testing/test-resource-server.js';
import { startTestServer, type TestServer } from '../testing/test-server.js';
import {
  ACCESS_TOKEN_TYPE,
  backService,
  exchange,
  exchanged,
  exchangeOf,
  JWT_TYPE,
  service,
} from '../testing/test-service.js';

const limited = configuredClient('limited', { ...service, clientId: 'limited', scopes: ['files:read'] });
const everywhere = configuredClient('every', {
  ...service,
  clientId: 'every',
  tokenExchange: { subjectResources: ['HTTPS://gate.test/files/mcp'], targetResources: [FILES, MAIL] },
});

let test: TestServer;
let tokens: Tokens;

beforeEach(async () => {
  test = await startTestServer({ configuredClients: [...clients, service, backService, limited, everywhere] });
  tokens = await obtainTokens(test);
  test.events.length = 0;
});

const ask = (changes: Form = {}, clientId = 'svc') => exchange(test, tokens.access_token, changes, clientId);
const lastReason = () => test.events.at(-1)?.reason;
/** The same row of a client in the store, where the rules of the configuration do not reach. */
async function store(client: Client): Promise<void> {
  const event: AuditEvent = {
    type: 'client.added',
    outcome: 'allowed',
    tenantId: 'default',
    occurredAtEpochSeconds: test.clock.now,
  };
  await test.storage.clients.register(client, event);
}

describe('what is issued', () => {
  it('XG-06 is the access of the user at the next resource, with the service as its actor', async () => {
    const subject = claimsOf(tokens.access_token);
    test.clock.now += 100;
    const body = await exchanged(await ask());
    expect(body).toEqual({
      access_token: expect.any(String),
      issued_token_type: ACCESS_TOKEN_TYPE,
      token_type: 'Bearer',
      expires_in: 500,
      scope: 'files:read files:write',
    });
    const claims = claimsOf(body.access_token);
    expect(claims).toEqual({
      iss: ISSUER,
      sub: 'subject-of-alice',
      aud: MAIL,
      client_id: 'svc',
      scope: 'files:read files:write',
      tenant_id: 'default',
      grant_id: subject['grant_id'],
      auth_time: subject['auth_time'],
      act: { sub: 'client:svc' },
      jti: expect.any(String),
      iat: test.clock.now,
      exp: subject['exp'],
    });
    expect(claims['jti']).not.toBe(subject['jti']);
    expect(test.events).toMatchObject([
      {
        type: 'token_exchange.issued',
        outcome: 'allowed',
        clientId: 'svc',
        clientName: 'Client svc',
        subject: 'subject-of-alice',
        resource: MAIL,
        scopes: ['files:read', 'files:write'],
        grantType: TOKEN_EXCHANGE_GRANT_TYPE,
        grantId: subject['grant_id'],
        accessTokenId: claims['jti'],
        detail: `for the access token ${subject['jti']} of pub`,
      },
    ]);
  });

  it('XG-06 ends no later than what it was exchanged for, and is no longer good than any other', async () => {
    const accessToken = await signToken(test, { exp: test.clock.now + 5000 });
    expect((await exchanged(await exchange(test, accessToken))).expires_in).toBe(600);
    test.clock.now += 599;
    const { access_token, expires_in } = await exchanged(await ask());
    expect([expires_in, claimsOf(access_token)['exp']]).toEqual([1, claimsOf(tokens.access_token)['exp']]);
  });

  it('is called what was asked for', async () => {
    const body = await exchanged(await ask({ subject_token_type: JWT_TYPE, requested_token_type: JWT_TYPE }));
    expect(body.issued_token_type).toBe(JWT_TYPE);
    const named = await exchanged(await ask({ requested_token_type: ACCESS_TOKEN_TYPE }));
    expect(named.issued_token_type).toBe(ACCESS_TOKEN_TYPE);
  });

  it('is told with its actor to the resource server that it is for, and to no other', async () => {
    const [files, mail] = [await addResourceServer(test), await addResourceServer(test, MAIL)];
    const { access_token } = await exchanged(await ask());
    expect(await mail.ask(access_token)).toMatchObject({
      active: true,
      sub: 'subject-of-alice',
      client_id: 'svc',
      act: { sub: 'client:svc' },
    });
    expect(await files.ask(access_token)).toEqual({ active: false });
    expect(await files.ask(tokens.access_token)).not.toHaveProperty('act');
  });

  it('XG-06 tells all who acted, the last one first, until there are too many', async () => {
    let { access_token } = tokens;
    const hops = ['svc', 'back', 'svc', 'back', 'svc'];
    for (const clientId of hops) {
      const resource = clientId === 'svc' ? MAIL : FILES;
      ({ access_token } = await exchanged(await exchange(test, access_token, { resource }, clientId)));
    }
    const { act, grant_id: grantId } = claimsOf(access_token);
    const chain = hops.reduce<object | undefined>(
      (before, id) => ({ sub: `client:${id}`, ...(before === undefined ? {} : { act: before }) }),
      undefined,
    );
    expect(act).toEqual(chain);
    expect(grantId).toBe(claimsOf(tokens.access_token)['grant_id']);
    const further = await exchange(test, access_token, { resource: FILES }, 'back');
    await expectRefusal(further, 400, 'invalid_request');
    expect(lastReason()).toBe('subject_token_through_too_many');
  });

  it('may be for what a client got in its own name', async () => {
    const accessToken = await signToken(test);
    const { access_token } = await exchanged(await exchange(test, accessToken));
    const claims = claimsOf(access_token);
    expect(claims).toMatchObject({ sub: 'client:pub', client_id: 'svc', act: { sub: 'client:svc' } });
    expect(claims).not.toHaveProperty('auth_time');
  });

  it('uses nothing up: the same token may be exchanged again', async () => {
    const [first, second] = [await exchanged(await ask()), await exchanged(await ask())];
    expect(first.access_token).not.toBe(second.access_token);
  });

  it('notes the use of a stored client', async () => {
    await store({ ...service, clientId: 'stored', source: 'registered' });
    await exchanged(await ask({}, 'stored'));
    const found = await test.storage.clients.find('default', 'stored');
    expect(found?.lastUsedAtEpochSeconds).toBe(test.clock.now);
  });
});

describe('the target', () => {
  it.each<[string, string, Form, string]>([
    ['is the resource that is named', 'every', { resource: FILES }, FILES],
    ['may be named as an audience', 'every', { resource: undefined, audience: MAIL }, MAIL],
    ['may be named as both', 'every', { resource: MAIL, audience: MAIL }, MAIL],
    ['may be spelled otherwise', 'every', { resource: 'HTTPS://GATE.test/mail/mcp' }, MAIL],
    ['is the only one there is, where none is named', 'svc', { resource: undefined }, MAIL],
  ])('%s', async (_title, clientId, form, resource) => {
    const { access_token } = await exchanged(await ask(form, clientId));
    expect(claimsOf(access_token)['aud']).toBe(resource);
  });

  it.each<[string, string, Form, string]>([
    ['not one the client may have tokens for', 'svc', { resource: FILES }, 'target_not_permitted'],
    [
      'an audience the client may have no tokens for',
      'svc',
      { resource: undefined, audience: FILES },
      'target_not_permitted',
    ],
    ['not ours', 'every', { resource: 'https://other.test/mcp' }, 'resource_unknown'],
    ['a name', 'every', { resource: undefined, audience: 'mail' }, 'target_no_identifier'],
    ['of another tenant', 'every', { resource: 'https://gate.test/t/b/mail/mcp' }, 'resource_unknown'],
    ['two resources', 'every', { resource: [FILES, MAIL] }, 'resource_ambiguous'],
    ['two audiences', 'every', { resource: undefined, audience: [FILES, MAIL] }, 'resource_ambiguous'],
    ['two in two ways', 'every', { resource: MAIL, audience: FILES }, 'resource_ambiguous'],
    ['one beside a name', 'every', { resource: MAIL, audience: 'mail' }, 'target_no_identifier'],
    ['left open where there are two', 'every', { resource: undefined }, 'resource_missing'],
  ])('XG-06 is refused: %s', async (_title, clientId, form, reason) => {
    await expectRefusal(await ask(form, clientId), 400, 'invalid_target');
    expect(test.events).toMatchObject([{ type: 'token.refused', reason, clientId, subject: 'subject-of-alice' }]);
  });

  it('XG-06 is refused where the only one that the client may have is served no longer', async () => {
    const served = resources.filter(({ identifier }) => identifier === FILES);
    test = await startTestServer({ configuredClients: [...clients, service], resources: served }, test.storage);
    await expectRefusal(await ask({ resource: undefined }), 400, 'invalid_target');
  });
});

describe('the scopes', () => {
  it.each<[string, string, Form, string]>([
    ['are those of the subject token', 'svc', {}, 'files:read files:write'],
    ['are those that are named', 'svc', { scope: 'files:read' }, 'files:read'],
    ['are what of them the client may have', 'limited', {}, 'files:read'],
    ['leave out offline_access', 'svc', { scope: 'files:read offline_access' }, 'files:read'],
  ])('%s', async (_title, clientId, form, scope) => {
    const body = await exchanged(await ask(form, clientId));
    expect([body.scope, claimsOf(body.access_token)['scope']]).toEqual([scope, scope]);
  });

  it.each<[string, string, string, string]>([
    ['that the target has and the subject token has not', 'svc', 'files:read files:write', 'scope_beyond_subject'],
    ['that nobody knows', 'svc', 'files:read admin', 'scope_beyond_subject'],
    ['beyond the registration', 'limited', 'files:write', 'scope_beyond_registration'],
    ['malformed', 'svc', 'files:read  files:write', 'scope_malformed'],
  ])('XG-06 refuses one %s', async (_title, clientId, scope, reason) => {
    const narrow = reason === 'scope_beyond_subject' ? { scope: 'files:read' } : {};
    tokens = await obtainTokens(test, narrow);
    await expectRefusal(await ask({ scope }, clientId), 400, 'invalid_scope');
    expect(lastReason()).toBe(reason);
  });

  it('XG-06 grants nothing where subject token and client have none in common', async () => {
    tokens = await obtainTokens(test, { scope: 'files:write' });
    await expectRefusal(await ask({}, 'limited'), 400, 'invalid_scope');
    expect(lastReason()).toBe('scope_unknown');
  });
});

describe('who may', () => {
  const { tokenExchange: _given, ...withoutResources } = service;
  it.each<[string, Client, string]>([
    ['without the grant', { ...service, grantTypes: ['client_credentials'] }, 'grant_type_not_of_client'],
    ['that the operator gave no resources', withoutResources, 'exchange_not_permitted'],
    ['that registered itself', { ...service, source: 'dynamic' }, 'client_not_vouched_for'],
    ['of a metadata document', { ...service, source: 'metadata_document' }, 'client_not_vouched_for'],
  ])('XG-06 not a client %s, whatever its row says', async (_title, row, reason) => {
    const source = row.source === 'configured' ? 'registered' : row.source;
    await store({ ...row, clientId: 'stored', source });
    await expectRefusal(await ask({}, 'stored'), 400, 'unauthorized_client');
    expect(test.events).toMatchObject([{ type: 'token.refused', reason, clientId: 'stored' }]);
  });

  it('XG-06 not a public client, whatever its row says', async () => {
    const row = { ...service, tokenEndpointAuthMethod: 'none', clientSecretHash: undefined } as const;
    await store({ ...row, clientId: 'stored', source: 'registered' });
    const form = exchangeOf(tokens.access_token, { client_id: 'stored' });
    await expectRefusal(await test.postForm('/token', form), 400, 'unauthorized_client');
    expect(lastReason()).toBe('client_not_confidential');
  });

  it('XG-06 not without its secret', async () => {
    const form = exchangeOf(tokens.access_token, { client_id: 'svc' });
    await expectRefusal(await test.postForm('/token', form), 401, 'invalid_client');
  });

  it('XG-06 not a client that asked for the grant when it registered itself', async () => {
    const metadata = {
      redirect_uris: ['https://app.test/cb'],
      grant_types: ['authorization_code', TOKEN_EXCHANGE_GRANT_TYPE],
      token_endpoint_auth_method: 'client_secret_post',
    };
    const registered = (await (await test.postJson('/register', metadata)).json()) as Record<string, string>;
    const { client_id, client_secret } = registered;
    const form = exchangeOf(tokens.access_token, { client_id, client_secret });
    await expectRefusal(await test.postForm('/token', form), 400, 'unauthorized_client');
  });
});
