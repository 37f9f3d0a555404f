import type { UntrustedFetchFailure } from '@portcullis/ports';
import { beforeEach, describe, expect, it } from 'vitest';
import type { AuthorizationServerOptions } from '../../options.js';
import { BY_DOCUMENT } from '../../testing/document-authorization.js';
import {
  createDocumentHost,
  DOCUMENT_CLIENT,
  DOCUMENT_REDIRECT,
  type DocumentHost,
  documentOf,
  type HostAnswer,
} from '../../testing/document-host.js';
import { clients, configuredClient, encodeForm, type Form, SECRET } from '../../testing/fixtures.js';
import { decide } from '../../testing/operator.js';
import { GOOD_REQUEST } from '../../testing/test-browser.js';
import {
  claimsOf,
  expectRefusal,
  obtainCode,
  obtainTokens,
  redemption,
  refreshing,
  type Tokens,
} from '../../testing/test-client.js';
import { startTestServer, type TestServer } from '../../testing/test-server.js';

const HOUR = 3600;
const KEYS = { keys: [{ kty: 'EC', crv: 'P-256', x: 'w'.repeat(43), y: 'g'.repeat(43) }] };

let host: DocumentHost;
let test: TestServer;
beforeEach(async () => {
  host = createDocumentHost();
  test = await startTestServer({}, undefined, { untrustedFetch: host.untrustedFetch });
});

const answer = (changes: HostAnswer | UntrustedFetchFailure): void => void host.answers.set(DOCUMENT_CLIENT, changes);
const document = (changes: object = {}, headers: Record<string, string> = {}): void =>
  answer({ body: documentOf(DOCUMENT_CLIENT, changes), headers });
const redeem = async (): Promise<Tokens> => {
  const code = await obtainCode(test, BY_DOCUMENT);
  return (await (await test.postForm('/token', redemption(code, BY_DOCUMENT))).json()) as Tokens;
};
const refresh = (refreshToken: string) =>
  test.postForm('/token', refreshing(refreshToken, { client_id: DOCUMENT_CLIENT }));
const refreshed = async (refreshToken: string): Promise<string> => {
  const response = await refresh(refreshToken);
  expect(response.status).toBe(200);
  return ((await response.json()) as Tokens).refresh_token;
};
const authorize = (changes: Form = {}) =>
  test.send(`/authorize?${encodeForm({ ...GOOD_REQUEST, ...BY_DOCUMENT, ...changes })}`);
/** Another process on the same store, with the same clock. */
const startBeside = (changes: Partial<AuthorizationServerOptions> = {}): Promise<TestServer> =>
  startTestServer(changes, test.storage, { untrustedFetch: host.untrustedFetch, clock: test.clock });
const restart = async (changes: Partial<AuthorizationServerOptions> = {}): Promise<void> => {
  test = await startBeside(changes);
};

describe('F-11 refreshes of a client whose host is down', () => {
  const downs: readonly (HostAnswer | UntrustedFetchFailure)[] = [
    'name_not_resolved',
    'timed_out',
    'not_connected',
    { status: 503 },
    { status: 429 },
  ];
  it.each(downs.map((down) => [typeof down === 'string' ? down : `a status of ${down.status}`, down] as const))(
    'F-11 go on for 24 hours after %s, and then are to come back',
    async (_title, down) => {
      let { refresh_token } = await redeem();
      answer(down);
      test.clock.now += 24 * HOUR - 1;
      refresh_token = await refreshed(refresh_token);
      test.clock.now += 1;
      const late = await refresh(refresh_token);
      expect(late.headers.get('retry-after')).toBe('2');
      await expectRefusal(late, 503, 'temporarily_unavailable');
      expect(test.events.at(-1)).toMatchObject({ type: 'token.refused', reason: 'client_document_unavailable' });
      document();
      test.clock.now += 59;
      await refreshed(refresh_token);
    },
  );

  it('F-11 go on after the process was started anew', async () => {
    let { refresh_token } = await redeem();
    test.clock.now += HOUR;
    answer('name_not_resolved');
    await restart();
    refresh_token = await refreshed(refresh_token);
    test.clock.now += 23 * HOUR;
    await expectRefusal(await refresh(refresh_token), 503, 'temporarily_unavailable');
  });

  it.each<[string, HostAnswer | UntrustedFetchFailure]>([
    ['has no such document', { status: 404 }],
    ['says something else there', { body: '<!doctype html>' }],
    ['is at a private address', 'address_refused'],
  ])('F-11 end after 24 hours when the host %s: the client is none any more', async (_title, gone) => {
    let { refresh_token } = await redeem();
    answer(gone);
    test.clock.now += 24 * HOUR - 1;
    refresh_token = await refreshed(refresh_token);
    test.clock.now += 1;
    await expectRefusal(await refresh(refresh_token), 401, 'invalid_client');
    document();
    test.clock.now += 59;
    await refreshed(refresh_token);
  });

  it.each<[string, HostAnswer | UntrustedFetchFailure, number]>([
    ['is down', 'timed_out', 503],
    ['has no such document', { status: 404 }, 401],
  ])('CI-05 F-11 ask it once a minute after 24 hours as well, when the host %s', async (_title, gone, status) => {
    const { refresh_token } = await redeem();
    answer(gone);
    test.clock.now += 24 * HOUR;
    const statuses: number[] = [];
    for (const pause of [0, 1, 58]) {
      test.clock.now += pause;
      const answers = await Promise.all(Array.from({ length: 10 }, () => refresh(refresh_token)));
      statuses.push(...answers.map((response) => response.status));
    }
    expect(new Set(statuses)).toEqual(new Set([status]));
    expect(host.requests).toHaveLength(2);
    test.clock.now += 1;
    expect((await refresh(refresh_token)).status).toBe(status);
    expect(host.requests).toHaveLength(3);
    expect(test.events.filter(({ type }) => type === 'client.document_refused')).toHaveLength(2);
  });

  it('F-11 wait for the host at most once a minute, and record that it failed', async () => {
    let { refresh_token } = await redeem();
    test.clock.now += 300;
    answer('timed_out');
    for (const pause of [0, 30, 29, 1]) {
      test.clock.now += pause;
      refresh_token = await refreshed(refresh_token);
    }
    expect(host.requests).toHaveLength(3);
    expect(test.events.filter(({ type }) => type === 'client.document_refused')).toMatchObject([
      { outcome: 'failed', reason: 'timed_out', clientId: DOCUMENT_CLIENT },
      { outcome: 'failed', reason: 'timed_out', clientId: DOCUMENT_CLIENT },
    ]);
  });

  it('F-11 answers a page under way with 503 as well, and the transaction lives on', async () => {
    document({}, { 'cache-control': 'max-age=86400' });
    test = await startTestServer({ lifetimes: { transactionSeconds: 1800 } }, undefined, {
      untrustedFetch: host.untrustedFetch,
    });
    const browser = test.newBrowser();
    const begin = () => browser.get(`/authorize?${encodeForm({ ...GOOD_REQUEST, ...BY_DOCUMENT })}`);
    await begin();
    test.clock.now += 24 * HOUR - 600;
    const started = await begin();
    test.clock.now += 600;
    answer('not_connected');
    const page = await browser.follow(started);
    expect([page.status, page.headers.get('retry-after')]).toEqual([503, '2']);
    document();
    test.clock.now += 60;
    expect((await browser.follow(started)).status).toBe(200);
  });
});

describe('a client that is known', () => {
  it('is asked about again when its document is stale, and at most once a minute', async () => {
    document({}, { 'cache-control': 'no-store' });
    let { refresh_token } = await redeem();
    expect(host.requests).toHaveLength(1);
    test.clock.now += 59;
    refresh_token = await refreshed(refresh_token);
    expect(host.requests).toHaveLength(1);
    test.clock.now += 1;
    refresh_token = await refreshed(refresh_token);
    expect(host.requests).toHaveLength(2);
  });

  it('costs the limit of no network', async () => {
    const { refresh_token } = await redeem();
    const rule = { name: 'metadata_document_per_network', points: 1, windowSeconds: 3600 };
    test.clock.now += 300;
    await restart({ rateLimits: { metadataDocumentPerNetwork: rule } });
    expect((await authorize()).status).toBe(303);
    test.clock.now += 300;
    await refreshed(refresh_token);
    expect(host.requests).toHaveLength(3);
    test.clock.now += 300;
    expect((await authorize()).status).toBe(429);
  });

  it('is asked about afresh by a new process, which may have other rules, and without the old entity tag', async () => {
    const redirect_uris = [DOCUMENT_REDIRECT, 'vscode:/cb'];
    document({ redirect_uris }, { 'cache-control': 'max-age=86400', etag: '"1"' });
    expect((await authorize()).status).toBe(303);
    test.clock.now += 1;
    await restart({ allowedRedirectSchemes: ['vscode'] });
    expect((await authorize({ redirect_uri: 'vscode:/cb' })).status).toBe(303);
    expect(host.requests).toHaveLength(2);
    expect(host.requests[1]?.headers).not.toHaveProperty('if-none-match');
    expect((await test.storage.clients.find('default', DOCUMENT_CLIENT))?.redirectUris).toEqual(redirect_uris);
  });

  it('is served from what another process has fetched since', async () => {
    document({}, { 'cache-control': 'max-age=600' });
    const other = await startBeside();
    await authorize();
    const response = await other.send(`/authorize?${encodeForm({ ...GOOD_REQUEST, ...BY_DOCUMENT })}`);
    expect(response.status).toBe(303);
    expect(host.requests).toHaveLength(1);
  });

  it.each<[string, AuthorizationServerOptions['clientIdMetadataDocuments']]>([
    ['its host is denied since', { deniedHosts: ['evil.test'] }],
    ['its host is no longer allowed', { allowedHosts: ['good.test'], otherHosts: 'deny' }],
    ['the operator wants to be asked first', { otherHosts: 'ask' }],
    ['documents are no longer accepted', false],
  ])('gets no more tokens when %s, and is not asked about', async (_title, clientIdMetadataDocuments) => {
    const { refresh_token } = await redeem();
    test.clock.now += 300;
    await restart(clientIdMetadataDocuments === undefined ? {} : { clientIdMetadataDocuments });
    await expectRefusal(await refresh(refresh_token), 401, 'invalid_client');
    expect(host.requests).toHaveLength(1);
    await restart();
    await refreshed(refresh_token);
  });

  it('gets no more tokens when the operator denied it, and some again when they changed their mind', async () => {
    let { refresh_token } = await redeem();
    await decide(test, 'denied');
    await expectRefusal(await refresh(refresh_token), 401, 'invalid_client');
    await decide(test, 'approved');
    refresh_token = await refreshed(refresh_token);
  });
});

describe('CI-08 a document that changes', () => {
  const stored = () => test.storage.clients.find('default', DOCUMENT_CLIENT);
  const changes = () => test.events.filter(({ type }) => type === 'client.document_changed');

  it.each<[string, object]>([
    ['its redirect URIs', { redirect_uris: [DOCUMENT_REDIRECT, 'https://evil.test/other'] }],
    ['its name', { client_name: 'Somebody else' }],
    ['its keys', { jwks: KEYS }],
    ['where its keys are', { jwks_uri: 'https://evil.test/jwks.json' }],
    ['its home page', { client_uri: 'https://evil.test/' }],
    ['how it proves itself', { jwks: KEYS, token_endpoint_auth_method: 'private_key_jwt' }],
  ])('CI-08 in %s is another document to a consent, and is recorded', async (_title, change) => {
    await redeem();
    const before = await stored();
    const [consent] = await test.storage.consents.listOfUser('default', 'subject-of-alice');
    expect(consent?.documentFingerprint).toBe(before?.document?.fingerprint);
    test.clock.now += 300;
    document(change);
    expect((await authorize()).status).toBe(303);
    expect((await stored())?.document?.fingerprint).not.toBe(before?.document?.fingerprint);
    expect(changes()).toMatchObject([{ clientId: DOCUMENT_CLIENT, outcome: 'allowed', network: '192.0.2.1' }]);
    expect(test.storage.events.filter(({ type }) => type === 'client.document_changed')).toEqual(changes());
  });

  it.each<[string, object]>([
    ['the order of its redirect URIs', { redirect_uris: ['https://evil.test/other', DOCUMENT_REDIRECT] }],
    ['a redirect URI that is refused', { redirect_uris: [DOCUMENT_REDIRECT, 'https://evil.test/other', 'vscode:/cb'] }],
    ['members that nothing depends on', { logo_uri: 'https://evil.test/logo.png', scope: 'admin' }],
  ])('CI-08 in %s is the same document', async (_title, change) => {
    document({ redirect_uris: [DOCUMENT_REDIRECT, 'https://evil.test/other'] });
    await redeem();
    test.clock.now += 300;
    document({ redirect_uris: [DOCUMENT_REDIRECT, 'https://evil.test/other'], ...change });
    await authorize();
    expect(host.requests).toHaveLength(2);
    expect(changes()).toEqual([]);
  });

  it('CI-08 is noticed at a refresh as well', async () => {
    const { refresh_token } = await redeem();
    test.clock.now += 300;
    document({ client_name: 'Somebody else' });
    await refreshed(refresh_token);
    expect(changes()).toHaveLength(1);
    expect(await stored()).toMatchObject({ clientName: 'Somebody else', createdAtEpochSeconds: test.clock.now - 300 });
  });

  it('CI-08 from keys to none does not open the grants of before', async () => {
    document({ jwks: KEYS, token_endpoint_auth_method: 'private_key_jwt' });
    const code = await obtainCode(test, BY_DOCUMENT);
    const refreshToken = await redeemByKeys(code);
    test.clock.now += 300;
    document();
    await expectRefusal(await refresh(refreshToken), 401, 'invalid_client');
    expect(test.events.at(-1)).toMatchObject({
      type: 'token.refused',
      reason: 'client_became_weaker',
    });
    // Nothing was rotated or revoked: the token is there when the keys are back.
    const found = await test.storage.grants.findByRefreshToken('default', test.ports.platform.hash(refreshToken));
    expect(found).toMatchObject({ rotated: undefined, revoked: false });
  });

  it('CI-08 from a secret to none does not open the grants of before, for a configured client either', async () => {
    const basic = { authorization: `Basic ${btoa(`bas:${SECRET}`)}` };
    const code = await obtainCode(test, { client_id: 'bas' });
    const form = redemption(code, { client_id: undefined });
    const tokens = (await (await test.postForm('/token', form, basic)).json()) as Tokens;
    const publicly = refreshing(tokens.refresh_token, { client_id: 'bas' });
    await restart({
      configuredClients: [...clients.filter(({ clientId }) => clientId !== 'bas'), configuredClient('bas')],
    });
    await expectRefusal(await test.postForm('/token', publicly), 401, 'invalid_client');
    await restart();
    const again = refreshing(tokens.refresh_token, { client_id: undefined });
    expect((await test.postForm('/token', again, basic)).status).toBe(200);
  });

  /** What the token endpoint stores for a client that proved itself by its keys. */
  async function redeemByKeys(secret: string): Promise<string> {
    const { hash } = test.ports.platform;
    const now = test.clock.now;
    const code = await test.storage.codes.find('default', hash(secret));
    if (code === undefined) throw new Error('no code');
    const { tenantId, grantId, subject, clientId, resource, scopes, authenticatedAtEpochSeconds } = code;
    const event = {
      type: 'authorization_code.redeemed',
      outcome: 'allowed',
      tenantId,
      occurredAtEpochSeconds: now,
    } as const;
    const grant = {
      tenantId,
      grantId,
      subject,
      clientId,
      resource,
      scopes,
      clientAuthMethod: 'private_key_jwt',
      authenticatedAtEpochSeconds,
      createdAtEpochSeconds: now,
      expiresAtEpochSeconds: now + HOUR,
    } as const;
    const refreshToken = { tokenHash: hash('pcr_by_keys'), grantId, expiresAtEpochSeconds: now + HOUR };
    await test.storage.codes.redeem(tenantId, code.codeHash, grant, refreshToken, now, 630, {
      redeemed: event,
      replayed: event,
    });
    return 'pcr_by_keys';
  }
});

it('gives a client that a document describes tokens like any other', async () => {
  const tokens = await obtainTokens(test, {});
  const described = await redeem();
  expect(claimsOf(described.access_token)).toMatchObject({ client_id: DOCUMENT_CLIENT });
  expect(Object.keys(claimsOf(described.access_token))).toEqual(Object.keys(claimsOf(tokens.access_token)));
  expect(described.refresh_token).toMatch(/^pcr_/);
});
