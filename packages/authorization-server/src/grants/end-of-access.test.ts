import type { AuditEvent, AuditEventType, StoredSigningKey } from '@portcullis/ports';
import { createMemoryStorage } from '@portcullis/ports/memory';
import { DEVICE_CODE_GRANT_TYPE, JWT_BEARER_GRANT_TYPE, TOKEN_EXCHANGE_GRANT_TYPE } from '@portcullis/protocol';
import { describe, expect, it } from 'vitest';
import { configuredClient, FILES, MAIL, SECRET } from '../testing/fixtures.js';
import { platform } from '../testing/identity-provider.js';
import { signToken } from '../testing/signed-token.js';
import { obtainCode, redemption, refreshing, type Tokens } from '../testing/test-client.js';
import { askForCodes, decideOnDevice, poll } from '../testing/test-device.js';
import { addResourceServer, type TestResourceServer } from '../testing/test-resource-server.js';
import { startTestServer, type TestServer } from '../testing/test-server.js';
import { type Exchanged, exchange, exchanged, service } from '../testing/test-service.js';
import { TOKEN_GRANTS } from './index.js';

// Every way access ends, held against every place that looks. A way or a place that is new fails the last tests until it
// has its row or its column here.

const app = { client_id: 'app' };
const provenApp = { ...app, client_secret: SECRET };

/** The client `app` of alice, with one grant in use, a code and a device code that she has approved since, and what a service
 * got at the mail for the access token. */
interface Scene {
  readonly test: TestServer;
  readonly files: TestResourceServer;
  readonly mail: TestResourceServer;
  readonly usedCode: string;
  readonly openCode: string;
  readonly deviceCode: string;
  exchanged: string;
  tokens: Pick<Tokens, 'access_token' | 'refresh_token'>;
}

async function setScene(): Promise<Scene> {
  const lifetimes = { codeSeconds: 600, deviceCodeSeconds: 3600, accessTokenSeconds: 300, refreshIdleSeconds: 7200 };
  const test = await startTestServer({ lifetimes, assertionIssuers: [platform] });
  const client = configuredClient('app', {
    source: 'dynamic',
    tokenEndpointAuthMethod: 'client_secret_post',
    clientSecretHash: test.ports.platform.hash(SECRET),
    grantTypes: ['authorization_code', 'refresh_token', DEVICE_CODE_GRANT_TYPE],
    registrationTokenHash: 'hash-of-its-registration-token',
  });
  await test.storage.clients.register(client, event(test, 'client.added'));
  await test.storage.clients.register({ ...service, source: 'registered' }, event(test, 'client.added'));
  const files = await addResourceServer(test);
  const mail = await addResourceServer(test, MAIL);
  const usedCode = await obtainCode(test, app);
  const tokens = (await (await test.postForm('/token', redemption(usedCode, provenApp))).json()) as Tokens;
  const { access_token: exchanged } = await exchangedFor(test, tokens.access_token);
  const openCode = await obtainCode(test, app);
  const { device_code: deviceCode, user_code } = await askForCodes(test, provenApp);
  await decideOnDevice(test.newBrowser(), user_code);
  return { test, files, mail, tokens, usedCode, openCode, deviceCode, exchanged };
}

/** Another access token of the scene, and what the service gets for it. */
async function present(scene: Scene, accessToken: string): Promise<void> {
  scene.tokens = { ...scene.tokens, access_token: accessToken };
  scene.exchanged = (await exchangedFor(scene.test, accessToken)).access_token;
}

async function exchangedFor(test: TestServer, accessToken: string): Promise<Exchanged> {
  return exchanged(await exchange(test, accessToken));
}

function event(test: TestServer, type: AuditEventType): AuditEvent {
  return { type, outcome: 'allowed', tenantId: 'default', occurredAtEpochSeconds: test.clock.now };
}

const revocation = ({ clock }: TestServer) => ({ now: clock.now, markLifetimeSeconds: 630 });

/** What a place answers. */
type Answer =
  | 'served'
  | 'invalid_grant'
  | 'invalid_client'
  | 'invalid_request'
  | 'expired_token'
  | 'active'
  | 'inactive';

async function answerOf(asked: Promise<Response>): Promise<Answer> {
  const response = await asked;
  const body = (await response.json()) as { readonly error?: Answer };
  return response.status === 200 ? 'served' : (body.error ?? 'served');
}

async function askAbout(server: TestResourceServer, token: string): Promise<Answer> {
  const body = await server.ask(token);
  if (body['error'] !== undefined) return body['error'] as Answer;
  return body['active'] === true ? 'active' : 'inactive';
}

/** Every place that looks. Those at the token endpoint are named after their grant. */
const PLACES = {
  refresh_token: ({ test, tokens }: Scene) =>
    answerOf(test.postForm('/token', refreshing(tokens.refresh_token, provenApp))),
  authorization_code: ({ test, openCode }: Scene) => answerOf(test.postForm('/token', redemption(openCode, provenApp))),
  [DEVICE_CODE_GRANT_TYPE]: ({ test, deviceCode }: Scene) =>
    answerOf(poll(test, { device_code: deviceCode }, provenApp)),
  [TOKEN_EXCHANGE_GRANT_TYPE]: ({ test, tokens }: Scene) => answerOf(exchange(test, tokens.access_token)),
  access_token_introspection: ({ files, tokens }: Scene) => askAbout(files, tokens.access_token),
  exchanged_introspection: ({ mail, exchanged }: Scene) => askAbout(mail, exchanged),
};
type Place = keyof typeof PLACES;

/** One way access ends: the act of the store that does it, where one does, and what each place answers afterwards. */
interface Way {
  readonly act: string | undefined;
  readonly end: (scene: Scene) => Promise<unknown>;
  readonly expected: Readonly<Record<Place, Answer>>;
}

/**
 * In the order of the places: refresh, the open code, introspection of the access token. The device code goes the way of the
 * code, and what is exchanged the way of the access token, unless it is said otherwise.
 */
function answers(
  refresh: Answer,
  code: Answer,
  accessToken: Answer,
  otherwise: Partial<Record<Place, Answer>> = {},
): Record<Place, Answer> {
  return {
    refresh_token: refresh,
    authorization_code: code,
    [DEVICE_CODE_GRANT_TYPE]: code,
    [TOKEN_EXCHANGE_GRANT_TYPE]: accessToken === 'active' ? 'served' : 'invalid_request',
    access_token_introspection: accessToken,
    exchanged_introspection: accessToken === 'active' ? 'active' : 'inactive',
    ...otherwise,
  };
}

/** The grant alone: what the user approved besides is another grant. */
const GRANT_ENDED = answers('invalid_grant', 'served', 'inactive');
/** Everything between this user, this client and this resource. */
const ALL_ENDED = answers('invalid_grant', 'invalid_grant', 'inactive');

const WAYS: Readonly<Record<string, Way>> = {
  'nothing has ended': {
    act: undefined,
    end: async () => {},
    expected: answers('served', 'served', 'active'),
  },
  'revoked with the refresh token': {
    act: 'grants.revoke',
    end: ({ test, tokens }) => test.postForm('/revoke', { ...provenApp, token: tokens.refresh_token }),
    expected: GRANT_ENDED,
  },
  'revoked with the access token': {
    act: 'grants.revoke',
    end: ({ test, tokens }) => test.postForm('/revoke', { ...provenApp, token: tokens.access_token }),
    expected: GRANT_ENDED,
  },
  'an access token of the client itself, revoked': {
    act: 'grants.revokeWithoutRow',
    end: async (scene) => {
      const access_token = await signToken(scene.test, { sub: 'client:app', client_id: 'app' });
      await present(scene, access_token);
      await scene.test.postForm('/revoke', { ...provenApp, token: access_token });
    },
    expected: answers('served', 'served', 'inactive'),
  },
  'the code replayed': {
    act: 'codes.redeem',
    end: ({ test, usedCode }) => test.postForm('/token', redemption(usedCode, provenApp)),
    expected: GRANT_ENDED,
  },
  'a rotated refresh token used again': {
    act: 'grants.rotate',
    end: async (scene) => {
      const { test, tokens } = scene;
      const form = refreshing(tokens.refresh_token, provenApp);
      scene.tokens = (await (await test.postForm('/token', form)).json()) as Tokens;
      test.clock.now += 61;
      await test.postForm('/token', form);
    },
    expected: GRANT_ENDED,
  },
  'the user removed': {
    act: 'users.remove',
    end: ({ test }) =>
      test.storage.users.remove('default', 'subject-of-alice', revocation(test), event(test, 'user.removed')),
    expected: ALL_ENDED,
  },
  'the user disabled': {
    act: 'users.disable',
    end: ({ test }) =>
      test.storage.users.disable('default', 'subject-of-alice', revocation(test), event(test, 'user.disabled')),
    expected: ALL_ENDED,
  },
  'the password reset': {
    act: 'users.resetPassword',
    end: ({ test }) =>
      test.storage.users.resetPassword(
        'default',
        'subject-of-alice',
        'hashed another',
        revocation(test),
        event(test, 'user.password_reset'),
      ),
    expected: ALL_ENDED,
  },
  'the client removed': {
    act: 'clients.remove',
    end: ({ test }) => test.storage.clients.remove('default', 'app', revocation(test), event(test, 'client.removed')),
    expected: answers('invalid_client', 'invalid_client', 'inactive'),
  },
  'the service removed that exchanges': {
    act: 'clients.remove',
    end: ({ test }) => test.storage.clients.remove('default', 'svc', revocation(test), event(test, 'client.removed')),
    expected: answers('served', 'served', 'active', {
      [TOKEN_EXCHANGE_GRANT_TYPE]: 'invalid_client',
      exchanged_introspection: 'inactive',
    }),
  },
  'the client described anew, so that it is another one to a person': {
    act: 'clients.replaceRegistration',
    end: async ({ test }) => {
      const client = await test.storage.clients.find('default', 'app');
      if (client === undefined) throw new Error('The client is gone');
      const changed = { ...client, clientName: 'Another' };
      const { clients } = test.storage;
      await clients.replaceRegistration(client, changed, revocation(test), event(test, 'client.registration_changed'));
    },
    expected: ALL_ENDED,
  },
  'the client described anew in what nobody was asked about': {
    act: 'clients.replaceRegistration',
    end: async ({ test }) => {
      const client = await test.storage.clients.find('default', 'app');
      if (client === undefined) throw new Error('The client is gone');
      const { clients } = test.storage;
      await clients.replaceRegistration(client, client, undefined, event(test, 'client.registration_changed'));
    },
    expected: answers('served', 'served', 'active'),
  },
  'the issuer of a workload switched off, while a token of the workload lives': {
    act: 'assertionIssuers.disable',
    end: async (scene) => {
      const workload = 'workload:builds:deploy';
      await present(scene, await signToken(scene.test, { sub: workload, client_id: workload }));
      const { storage } = scene.test;
      const disabled = event(scene.test, 'assertion_issuer.disabled');
      await storage.assertionIssuers.disable('default', platform.issuer, [workload], revocation(scene.test), disabled);
    },
    expected: answers('served', 'served', 'inactive'),
  },
  'the client taken off the account': {
    act: 'grants.disconnect',
    end: ({ test }) =>
      test.storage.grants.disconnect(
        'default',
        'subject-of-alice',
        'app',
        revocation(test),
        event(test, 'consent.withdrawn'),
      ),
    expected: ALL_ENDED,
  },
  // The resource is configured besides and is still served. What goes is what was granted, and the right to ask.
  'the resource server removed': {
    act: 'resourceServers.remove',
    end: ({ test }) =>
      test.storage.resourceServers.remove('default', FILES, revocation(test), event(test, 'resource_server.removed')),
    expected: answers('invalid_grant', 'invalid_grant', 'invalid_client', { exchanged_introspection: 'inactive' }),
  },
  // What was exchanged goes by the grant it came of, which is for another resource.
  'the resource server that an exchange leads to removed': {
    act: 'resourceServers.remove',
    end: ({ test }) =>
      test.storage.resourceServers.remove('default', MAIL, revocation(test), event(test, 'resource_server.removed')),
    expected: answers('served', 'served', 'active', { exchanged_introspection: 'invalid_client' }),
  },
  // A key is no grant: what it signed is dead, and the client refreshes.
  'the signing key retired': {
    act: 'signingKeys.retire',
    end: ({ test }) => retireSigningKey(test),
    expected: answers('served', 'served', 'inactive'),
  },
  'the access token expired': {
    act: undefined,
    end: async ({ test }) => {
      test.clock.now += 300;
    },
    expected: answers('served', 'served', 'inactive'),
  },
  'the refresh token left idle': {
    act: undefined,
    end: async ({ test }) => {
      test.clock.now += 7200;
    },
    expected: { ...ALL_ENDED, [DEVICE_CODE_GRANT_TYPE]: 'expired_token' },
  },
};

/** Gives the key a successor first: the last one cannot be retired. */
async function retireSigningKey(test: TestServer): Promise<void> {
  const { signingKeys } = test.storage;
  const [key] = await signingKeys.list('default');
  if (key === undefined) throw new Error('The server has no key');
  test.clock.now += 1;
  const { now } = test.clock;
  const made = await test.ports.keyService.make('ES256', 'access-token-signing:default');
  const successor: StoredSigningKey = {
    ...key,
    keyId: 'successor',
    publicJwk: JSON.stringify({ ...made.publicJwk, kid: 'successor', alg: 'ES256', use: 'sig' }),
    keyReference: made.keyReference,
    createdAtEpochSeconds: now,
    signsFromEpochSeconds: now,
  };
  const rotated = await signingKeys.rotate(successor, key.keyId, now + 630, event(test, 'signing_key.rotated'));
  const retired = await signingKeys.retire('default', key.keyId, revocation(test), event(test, 'signing_key.retired'));
  expect([rotated, retired]).toEqual(['rotated', 'retired']);
}

/** Acts of the store that end nobody's access. */
const OTHER_ACTS = [
  'assertionIssuers.enable',
  'assertionIssuers.isDisabled',
  'assertionIssuers.listDisabled',
  'clientApprovals.decide',
  'clientApprovals.find',
  'clientApprovals.forget',
  'clientApprovals.list',
  'clientApprovals.request',
  'clients.find',
  'clients.findByRegistrationToken',
  'clients.keepDocument',
  'clients.list',
  'clients.noteUse',
  'clients.register',
  'clients.replaceSecret',
  'clients.revokeRegistrationToken',
  'codes.find',
  'consents.find',
  'consents.listOfUser',
  'deviceCodes.create',
  'deviceCodes.find',
  'deviceCodes.findByUserCode',
  'deviceCodes.poll',
  'deviceCodes.redeem',
  'grants.find',
  'grants.findByRefreshToken',
  'grants.hasLiveGrant',
  'grants.listOfUser',
  'identityAssertions.redeem',
  'oneTimeIds.isUsed',
  'oneTimeIds.use',
  'pushedRequests.create',
  'pushedRequests.find',
  'resourceServers.add',
  'resourceServers.find',
  'resourceServers.findByResource',
  'resourceServers.list',
  'resourceServers.replaceSecret',
  'revocationMarks.after',
  'revocationMarks.covers',
  'signInSessions.begin',
  'signInSessions.end',
  'signInSessions.use',
  'signingKeys.addFirst',
  'signingKeys.list',
  'signingKeys.rotate',
  'transactions.approve',
  'transactions.approveDevice',
  'transactions.authenticate',
  'transactions.create',
  'transactions.deny',
  'transactions.find',
  'transactions.issue',
  'users.add',
  'users.enable',
  'users.findBySubject',
  'users.findByUsername',
  'users.list',
  'users.recognise',
];

describe('what each place answers after', () => {
  it.each(Object.entries(WAYS))('TK-04 TK-05 TK-06 %s', async (_way, { end, expected }) => {
    const scene = await setScene();
    await end(scene);
    // Whoever only asks comes first. The others each bring something of their own.
    const places = Object.keys(PLACES).sort(
      (a, b) => Number(b.endsWith('_introspection')) - Number(a.endsWith('_introspection')),
    );
    const answered: Record<string, Answer> = {};
    for (const place of places as Place[]) answered[place] = await PLACES[place](scene);
    expect(answered).toEqual(expected);
  });
});

it('every act of the store either is a way here or ends nothing', () => {
  const acts = Object.entries(createMemoryStorage())
    .filter(([, store]) => typeof store === 'object' && !Array.isArray(store))
    .flatMap(([name, store]) => Object.keys(store).map((act) => `${name}.${act}`));
  const ways = Object.values(WAYS).flatMap(({ act }) => (act === undefined ? [] : [act]));
  expect([...new Set([...ways, ...OTHER_ACTS])].sort()).toEqual(acts.sort());
});

// A client in its own name and an assertion have nothing here that could end before; what ends after them is a matter of
// jwt-bearer/assertion-standing.test.ts.
const WITHOUT_PLACE = ['client_credentials', JWT_BEARER_GRANT_TYPE];

it('every grant of the token endpoint is a place here, but those that have nothing to end', () => {
  const places = Object.keys(PLACES).filter((place) => !place.endsWith('_introspection'));
  const grants = TOKEN_GRANTS.map(({ grantType }) => grantType).filter((type) => !WITHOUT_PLACE.includes(type));
  expect(grants.sort()).toEqual(places.sort());
});
