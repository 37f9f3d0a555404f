import { describe, expect, it } from 'vitest';
import {
  BY_DOCUMENT,
  documentAnswer,
  isAccepted,
  useDocumentAuthorization,
} from '../testing/document-authorization.js';
import { DOCUMENT_CLIENT, DOCUMENT_REDIRECT } from '../testing/document-host.js';
import { encodeForm, type Form, ISSUER } from '../testing/fixtures.js';
import { GOOD_REQUEST, type TestBrowser } from '../testing/test-browser.js';
import { expectRefusal, redemption } from '../testing/test-client.js';
import { readPage } from '../testing/test-pages.js';

const by = useDocumentAuthorization();
const { start, request, answer, storedClients, eventsOf, expectConstantPage } = by;

it('says that it accepts documents, and says nothing where it does not', async () => {
  const flag = async (): Promise<unknown> => {
    const metadata = await (await by.test.send('/.well-known/oauth-authorization-server')).json();
    return (metadata as Record<string, unknown>)['client_id_metadata_document_supported'];
  };
  expect(await flag()).toBe(true);
  await start({ clientIdMetadataDocuments: false });
  expect(await flag()).toBeUndefined();
  await expectConstantPage(await request());
  expect(by.host.requests).toEqual([]);
});

it('CI-05 CB-04 lets a client in by a document of 5 KiB and 5 seconds at most, and shows who describes it', async () => {
  const consent = await by.test.newBrowser().reachConsent(BY_DOCUMENT);
  const { page, model } = await readPage(consent);
  expect(page).toBe('consent');
  expect(model.client).toEqual({
    name: 'A client',
    fullName: 'A client',
    redirectUri: 'https://evil.test/cb',
    clientId: DOCUMENT_CLIENT,
    goesTo: { kind: 'https', host: 'evil.test' },
    selfRegistered: false,
  });
  expect(by.host.requests).toEqual([
    {
      url: DOCUMENT_CLIENT,
      headers: { accept: 'application/json' },
      maxBytes: 5120,
      timeoutMilliseconds: 5000,
    },
  ]);
  expect(await storedClients()).toMatchObject([
    {
      clientId: DOCUMENT_CLIENT,
      source: 'metadata_document',
      grantTypes: ['authorization_code', 'refresh_token'],
      tokenEndpointAuthMethod: 'none',
      clientSecretHash: undefined,
      applicationType: 'web',
      createdAtEpochSeconds: by.test.clock.now,
    },
  ]);
});

describe('CI-01 client ids that are no URL of a document', () => {
  it.each([
    'http://evil.test/client.json',
    `${DOCUMENT_CLIENT}#f`,
    `${DOCUMENT_CLIENT}#`,
    'https://u@evil.test/client.json',
    'https://@evil.test/client.json',
    'https://:@evil.test/client.json',
    'https://evil.test/./client.json',
    'https://evil.test/a/../client.json',
    'https://evil.test/%2e%2e/client.json',
    'https://evil.test/.%2E/client.json',
    'https://evil.test',
    'https://evil.test/',
    'https://evil.test\\client.json',
    'https://evil.test/\tclient.json',
    'https://evil.test/client.json\n',
    'https://evil.test/client .json',
    'https:/evil.test/client.json',
    'https:///evil.test/client.json',
    'HTTPS://evil.test/client.json',
    'https://evil.test:443/client.json',
  ])('CI-01 answers %j with the constant page and asks nobody', async (client_id) => {
    await expectConstantPage(await request({ client_id }));
    expect(by.host.requests).toEqual([]);
    expect(eventsOf('authorization.refused')).toHaveLength(2);
  });
});

it.each([1025, 2049])(
  'CI-01 answers a client id of %i characters with the constant page and asks nobody',
  async (length) => {
    const client_id = 'https://evil.test/'.padEnd(length, 'x');
    await expectConstantPage(await request({ client_id }));
    await expectRefusal(await by.test.postForm('/token', redemption('pcc_x', { client_id })), 401, 'invalid_client');
    expect(by.host.requests).toEqual([]);
  },
);

describe('AZ-09 redirects of a document', () => {
  it('AZ-09 accepts a document without the redirect that is refused', async () => {
    answer(documentAnswer({ redirect_uris: ['vscode:/cb', 'javascript:alert(1)', 'cursor:/cb', DOCUMENT_REDIRECT] }));
    expect(isAccepted(await request())).toBe(true);
    expect(isAccepted(await request({ redirect_uri: 'cursor:/cb' }))).toBe(true);
    for (const redirect_uri of ['vscode:/cb', 'javascript:alert(1)']) {
      await expectConstantPage(await request({ redirect_uri }));
    }
  });

  it.each([
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    '\x01javascript:alert(1)',
    'java\nscript:alert(1)',
    'data:text/html,x',
    'file:///etc/passwd',
    'vbscript:x',
    'blob:https://evil.test/1',
    'about:blank',
    'myapp:/cb',
    'com.example.app:/cb',
  ])('AZ-09 answers a document with nothing but %j with the constant page', async (redirect_uri) => {
    answer(documentAnswer({ redirect_uris: [redirect_uri] }));
    await expectConstantPage(await request({ redirect_uri }));
  });
});

describe('AZ-11 a client that a document describes is not vouched for', () => {
  const forced: [string, Form, string][] = [
    ['a bad scope', { scope: 'a"b' }, 'invalid_scope'],
    ['response_type=token', { response_type: 'token' }, 'unsupported_response_type'],
    ['no PKCE', { code_challenge: undefined }, 'invalid_request'],
    ['prompt=none', { prompt: 'none' }, 'login_required'],
  ];

  it.each(forced)(
    'AZ-11 gets no automatic redirect for %s, and is not stored for it',
    async (_title, changes, error) => {
      const response = await request(changes);
      expect(response.status).toBe(400);
      expect(response.headers.get('location')).toBeNull();
      const { page, model } = await readPage(response);
      expect({ page, host: model.goesTo.host }).toEqual({ page: 'untrustedRedirect', host: 'evil.test' });
      const location = new URL(model.location);
      expect([location.searchParams.get('error'), location.searchParams.get('iss')]).toEqual([error, ISSUER]);
      expect(await storedClients()).toEqual([]);
    },
  );

  it('AZ-11 is redirected once this user has consented', async () => {
    const browser: TestBrowser = by.test.newBrowser();
    const location = await browser.approve(BY_DOCUMENT);
    const redeemed = await by.test.postForm('/token', {
      grant_type: 'authorization_code',
      ...BY_DOCUMENT,
      code: location.searchParams.get('code') ?? '',
      code_verifier: 'v'.repeat(43),
    });
    expect(redeemed.status).toBe(200);
    const failing = `/authorize?${encodeForm({ ...GOOD_REQUEST, ...BY_DOCUMENT, scope: 'a"b' })}`;
    expect((await browser.get(failing)).status).toBe(303);
    expect((await by.test.newBrowser().get(failing)).status).toBe(400);
  });
});

it('takes a client that the operator registered under the URL as it was registered', async () => {
  const event = { type: 'client.added', outcome: 'allowed', tenantId: 'default', occurredAtEpochSeconds: 0 } as const;
  await request();
  const [described] = await storedClients();
  if (described === undefined) throw new Error('not stored');
  await start();
  const redirectUris = ['https://registered.test/cb'];
  await by.test.storage.clients.register(
    { ...described, source: 'registered', redirectUris, document: undefined },
    event,
  );
  expect(isAccepted(await request({ redirect_uri: redirectUris[0] }))).toBe(true);
  await expectConstantPage(await request());
  expect(by.host.requests).toHaveLength(1);
});
