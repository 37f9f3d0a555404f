import type { AuditEvent, AuditEventType, StoredSigningKey } from '@portcullis/ports';
import { createMemoryStorage } from '@portcullis/ports/memory';
import { describe, expect, it } from 'vitest';
import { configuredClient, FILES, SECRET } from '../testing/fixtures.js';
import { signToken } from '../testing/signed-token.js';
import { obtainCode, redemption, refreshing, type Tokens } from '../testing/test-client.js';
import { addResourceServer, type TestResourceServer } from '../testing/test-resource-server.js';
import { startTestServer, type TestServer } from '../testing/test-server.js';
import { TOKEN_GRANTS } from './index.js';

// Every way access ends, held against every place that looks. A way or a place that is new fails the last tests until it
// has its row or its column here.

const app = { client_id: 'app' };
const provenApp = { ...app, client_secret: SECRET };

/** The client `app` of alice, with one grant in use and one code that she has approved since. */
interface Scene {
  readonly test: TestServer;
  readonly files: TestResourceServer;
  readonly usedCode: string;
  readonly openCode: string;
  tokens: Pick<Tokens, 'access_token' | 'refresh_token'>;
}

async function setScene(): Promise<Scene> {
  const lifetimes = { codeSeconds: 3600, accessTokenSeconds: 600, refreshIdleSeconds: 7200 };
  const test = await startTestServer({ lifetimes });
  const client = configuredClient('app', {
    source: 'registered',
    tokenEndpointAuthMethod: 'client_secret_post',
    clientSecretHash: test.ports.platform.hash(SECRET),
  });
  await test.storage.clients.register(client, event(test, 'client.added'));
  const files = await addResourceServer(test);
  const usedCode = await obtainCode(test, app);
  const tokens = (await (await test.postForm('/token', redemption(usedCode, provenApp))).json()) as Tokens;
  return { test, files, tokens, usedCode, openCode: await obtainCode(test, app) };
}

function event(test: TestServer, type: AuditEventType): AuditEvent {
  return { type, outcome: 'allowed', tenantId: 'default', occurredAtEpochSeconds: test.clock.now };
}

const revocation = ({ clock }: TestServer) => ({ now: clock.now, markLifetimeSeconds: 630 });

/** What a place answers. */
type Answer = 'served' | 'invalid_grant' | 'invalid_client' | 'active' | 'inactive';

async function askForTokens({ test }: Scene, form: object): Promise<Answer> {
  const response = await test.postForm('/token', { ...form });
  const body = (await response.json()) as { readonly error?: Answer };
  return response.status === 200 ? 'served' : (body.error ?? 'served');
}

async function askAbout({ files }: Scene, token: string): Promise<Answer> {
  const body = await files.ask(token);
  if (body['error'] !== undefined) return body['error'] as Answer;
  return body['active'] === true ? 'active' : 'inactive';
}

/** Every place that looks. Those at the token endpoint are named after their grant. */
const PLACES = {
  refresh_token: (scene: Scene) => askForTokens(scene, refreshing(scene.tokens.refresh_token, provenApp)),
  authorization_code: (scene: Scene) => askForTokens(scene, redemption(scene.openCode, provenApp)),
  access_token_introspection: (scene: Scene) => askAbout(scene, scene.tokens.access_token),
};
type Place = keyof typeof PLACES;

/** One way access ends: the act of the store that does it, where one does, and what each place answers afterwards. */
interface Way {
  readonly act: string | undefined;
  readonly end: (scene: Scene) => Promise<unknown>;
  readonly expected: Readonly<Record<Place, Answer>>;
}

/** In the order of the places: refresh, the open code, introspection of the access token. */
function answers(refresh: Answer, code: Answer, accessToken: Answer): Record<Place, Answer> {
  return {
    refresh_token: refresh,
    authorization_code: code,
    access_token_introspection: accessToken,
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
      scene.tokens = { ...scene.tokens, access_token };
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
    end: ({ test }) => test.storage.users.remove('default', 'alice', revocation(test), event(test, 'user.removed')),
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
        'alice',
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
    expected: answers('invalid_grant', 'invalid_grant', 'invalid_client'),
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
      test.clock.now += 600;
    },
    expected: answers('served', 'served', 'inactive'),
  },
  'the refresh token left idle': {
    act: undefined,
    end: async ({ test }) => {
      test.clock.now += 7200;
    },
    expected: ALL_ENDED,
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
  'clientApprovals.decide',
  'clientApprovals.find',
  'clientApprovals.forget',
  'clientApprovals.list',
  'clientApprovals.request',
  'clients.find',
  'clients.keepDocument',
  'clients.list',
  'clients.noteUse',
  'clients.register',
  'clients.replaceSecret',
  'codes.find',
  'consents.find',
  'consents.listOfUser',
  'grants.find',
  'grants.findByRefreshToken',
  'grants.hasLiveGrant',
  'grants.listOfUser',
  'oneTimeIds.use',
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

describe.each(Object.entries(WAYS))('TK-04 TK-05 TK-06 %s', (_way, { end, expected }) => {
  it.each(Object.keys(PLACES) as Place[])('%s', async (place) => {
    const scene = await setScene();
    await end(scene);
    expect(await PLACES[place](scene)).toBe(expected[place]);
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
const WITHOUT_PLACE = ['client_credentials', 'urn:ietf:params:oauth:grant-type:jwt-bearer'];

it('every grant of the token endpoint is a place here, but those that have nothing to end', () => {
  const places = Object.keys(PLACES).filter((place) => !place.endsWith('_introspection'));
  const grants = TOKEN_GRANTS.map(({ grantType }) => grantType).filter((type) => !WITHOUT_PLACE.includes(type));
  expect(grants.sort()).toEqual(places.sort());
});
