import { describe, expect, it } from 'vitest';
import { BY_DOCUMENT, isAccepted, useDocumentAuthorization } from '../testing/document-authorization.js';
import { DOCUMENT_CLIENT, DOCUMENT_REDIRECT, documentOf } from '../testing/document-host.js';
import { encodeForm, type Form } from '../testing/fixtures.js';
import { decide } from '../testing/operator.js';
import { GOOD_REQUEST, type TestBrowser } from '../testing/test-browser.js';
import { readPage } from '../testing/test-pages.js';

const by = useDocumentAuthorization();
const { start, request, answer, storedClients, eventsOf, expectConstantPage } = by;

describe('who is let in', () => {
  const status = async (changes: Form = {}): Promise<number> => (await request(changes)).status;

  it('asks nobody about a client of a denied host, before any other list', async () => {
    await start({ clientIdMetadataDocuments: { deniedHosts: ['evil.test'], allowedHosts: ['evil.test'] } });
    const response = await request();
    expect(response.status).toBe(403);
    const { model } = await readPage(response);
    expect(model).toMatchObject({ title: 'This application is not let in here', code: 'access_denied' });
    expect(by.host.requests).toEqual([]);
    expect(by.test.events.at(-1)).toMatchObject({
      type: 'authorization.refused',
      reason: 'client_shut_out',
      detail: 'deniedHosts',
      clientId: DOCUMENT_CLIENT,
    });
  });

  it('lets in allowed hosts and nobody else, where others are denied', async () => {
    await start({ clientIdMetadataDocuments: { allowedHosts: ['*.test'], otherHosts: 'deny' } });
    expect(isAccepted(await request())).toBe(true);
    expect(await status({ client_id: 'https://other.example/client.json' })).toBe(403);
    expect(by.test.events.at(-1)).toMatchObject({ reason: 'client_shut_out', detail: 'otherHosts' });
    expect(by.host.requests).toHaveLength(1);
  });

  it('shuts out a client that the operator denied, whatever the lists say', async () => {
    await start({ clientIdMetadataDocuments: { allowedHosts: ['evil.test'] } });
    await decide(by.test, 'denied');
    expect(await status()).toBe(403);
    expect(by.test.events.at(-1)?.detail).toBe('the operator denied this client');
    expect(by.host.requests).toEqual([]);
  });

  it.each(['App.test', 'https://app.test', 'app.test:443', '*'])(
    'cannot be configured with the host %s',
    async (pattern) => {
      await expect(start({ clientIdMetadataDocuments: { allowedHosts: [pattern] } })).rejects.toThrow(/no host/);
      await expect(start({ clientIdMetadataDocuments: { deniedHosts: [pattern] } })).rejects.toThrow(/no host/);
    },
  );
});

describe('where the operator wants to be asked', () => {
  const ASK = { clientIdMetadataDocuments: { otherHosts: 'ask' } } as const;
  const waiting = async () => {
    const listed = await by.test.storage.clientApprovals.list('default');
    return listed.filter(({ status }) => status === 'pending').map(({ clientId }) => clientId);
  };
  const signIn = async (username = 'alice'): Promise<TestBrowser> => {
    const browser = by.test.newBrowser();
    await browser.signIn(await browser.get('/account'), username);
    return browser;
  };
  const askBy = (browser: TestBrowser, changes: Form = {}): Promise<Response> =>
    browser.get(`/authorize?${encodeForm({ ...GOOD_REQUEST, ...BY_DOCUMENT, ...changes })}`);
  const titleOf = async (response: Response): Promise<string> => (await readPage(response)).model.title;

  async function expectNothingAsked(): Promise<void> {
    expect(await by.test.storage.clientApprovals.list('default')).toEqual([]);
    expect(eventsOf('client.approval_requested')).toEqual([]);
    expect(await storedClients()).toEqual([]);
  }

  it('asks them for a user of this server, once, and lets the client in when they say so', async () => {
    await start(ASK);
    const browser = await signIn();
    const response = await askBy(browser);
    expect(response.status).toBe(403);
    const { model } = await readPage(response);
    expect(model).toMatchObject({
      title: 'This application waits for the operator',
      waitingHost: new URL(DOCUMENT_CLIENT).host,
    });
    expect(JSON.stringify(model)).not.toContain(DOCUMENT_CLIENT);
    expect((await askBy(browser)).status).toBe(403);
    expect((await request()).status).toBe(403);
    expect(by.host.requests).toHaveLength(1);
    expect(await by.test.storage.clientApprovals.list('default')).toMatchObject([
      { clientId: DOCUMENT_CLIENT, clientName: 'A client', status: 'pending' },
    ]);
    expect(eventsOf('client.approval_requested')).toMatchObject([
      { outcome: 'refused', clientId: DOCUMENT_CLIENT, subject: 'subject-of-alice', username: 'alice' },
    ]);
    expect(by.test.events.at(-1)).toMatchObject({ type: 'authorization.refused', reason: 'client_waits_for_operator' });
    expect(await storedClients()).toEqual([]);

    await decide(by.test, 'approved');
    expect(isAccepted(await request())).toBe(true);
    expect(isAccepted(await askBy(browser))).toBe(true);
  });

  it('CI-07 asks them nothing for a stranger, who is told to sign in first', async () => {
    await start(ASK);
    const response = await request();
    expect(response.status).toBe(403);
    const { model } = await readPage(response);
    expect(model).toMatchObject({
      title: 'This application is not known here yet',
      code: 'access_denied',
      signInPath: '/account',
    });
    expect(JSON.stringify(model)).not.toContain('evil.test');
    expect(by.test.events.at(-1)).toMatchObject({
      type: 'authorization.refused',
      reason: 'sign_in_before_asking',
      clientId: DOCUMENT_CLIENT,
    });
    await expectNothingAsked();
  });

  it('CI-07 asks them nothing for a session that has ended, or a user who is disabled', async () => {
    await start(ASK);
    const browser = await signIn();
    const { users } = by.test.storage;
    const facts = { outcome: 'allowed', tenantId: 'default', occurredAtEpochSeconds: by.test.clock.now } as const;
    const end = { now: by.test.clock.now, markLifetimeSeconds: 630 };
    await users.disable('default', 'subject-of-alice', end, { type: 'user.disabled', ...facts });
    expect((await askBy(browser)).status).toBe(403);
    const bob = await signIn('bob');
    by.test.clock.now += 13 * 3600;
    expect(await titleOf(await askBy(bob))).toBe('This application is not known here yet');
    await expectNothingAsked();
  });

  it.each<[string, Form]>([
    ['another redirect URI', { redirect_uri: 'https://evil.test/other' }],
    ['two redirect URIs', { redirect_uri: [DOCUMENT_REDIRECT, DOCUMENT_REDIRECT] }],
    ['another response type', { response_type: 'token' }],
    ['no PKCE', { code_challenge: undefined }],
    ['PKCE in plain', { code_challenge_method: 'plain' }],
    ['no resource of this server', { resource: 'https://other.test/mcp' }],
    ['no resource where there are two', { resource: undefined }],
    ['a malformed scope', { scope: 'a"b' }],
    ['no scope that there is', { scope: 'nothing' }],
    ['a prompt that is none', { prompt: 'login none' }],
    ['a prompt without a page', { prompt: 'none' }],
    ['a max_age that is none', { max_age: '-1' }],
  ])('AZ-11 asks them nothing about a request with %s, and shows nothing of the client', async (_title, changes) => {
    await start(ASK);
    await expectConstantPage(await askBy(await signIn(), changes));
    await expectConstantPage(await request(changes));
    await expectNothingAsked();
  });

  it('CI-04 asks them nothing about a document that cannot be had', async () => {
    await start(ASK);
    answer('timed_out');
    await expectConstantPage(await askBy(await signIn()));
    await expectNothingAsked();
  });

  it('shuts a client out that waited and was denied, and lets it in when they change their mind', async () => {
    await start(ASK);
    const browser = await signIn();
    await askBy(browser);
    await decide(by.test, 'denied');
    expect(await titleOf(await askBy(browser))).toBe('This application is not let in here');
    expect(by.test.events.at(-1)?.reason).toBe('client_shut_out');
    expect(await waiting()).toEqual([]);
    await decide(by.test, 'approved');
    const consent = await browser.reachConsent(BY_DOCUMENT);
    expect((await readPage(consent)).page).toBe('consent');
    await decide(by.test, 'denied');
    expect((await askBy(browser)).status).toBe(403);
    expect(eventsOf('client.approval_requested')).toHaveLength(1);
  });

  it('CI-07 puts no more than five clients of a host before them', async () => {
    await start(ASK);
    const browser = await signIn();
    const titles: string[] = [];
    for (let index = 0; index < 7; index += 1) {
      const client_id = `https://evil.test:${8000 + index}/client.json`;
      by.host.answers.set(client_id, { body: documentOf(client_id) });
      titles.push(await titleOf(await askBy(browser, { client_id })));
    }
    expect(titles.slice(5)).toEqual(['This application is not let in yet', 'This application is not let in yet']);
    expect(by.test.events.at(-1)).toMatchObject({ type: 'authorization.refused', reason: 'approval_queue_full' });
    expect(await waiting()).toHaveLength(5);
    expect(eventsOf('client.approval_requested')).toHaveLength(5);
  });

  it('CI-07 refuses nobody for a thousand that wait: the most crowded host makes room', async () => {
    await start(ASK);
    const event = { type: 'client.approval_requested', outcome: 'refused', tenantId: 'default' } as const;
    const now = by.test.clock.now;
    for (let index = 0; index < 1000; index += 1) {
      // Two each, but for one that has three.
      const host = index === 999 ? 7 : Math.floor(index / 2);
      const asked = { tenantId: 'default', clientId: `https://host-${host}.test/${index}`, clientName: 'x' };
      const limits = { total: 1000, perHost: 5 };
      await by.test.storage.clientApprovals.request(asked, limits, now, { ...event, occurredAtEpochSeconds: now });
    }
    expect(await titleOf(await askBy(await signIn()))).toBe('This application waits for the operator');
    const clientIds = await waiting();
    expect(clientIds).toHaveLength(1000);
    expect(clientIds).toContain(DOCUMENT_CLIENT);
    expect(clientIds).not.toContain('https://host-7.test/14');
  });
});
