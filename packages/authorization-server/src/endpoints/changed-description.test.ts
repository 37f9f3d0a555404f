import type { AccountPage, Client } from '@portcullis/ports';
import { createMemoryStorage } from '@portcullis/ports/memory';
import { nodePlatform } from '@portcullis/ports/node';
import { beforeEach, describe, expect, it } from 'vitest';
import { fingerprintOf } from '../clients/client-fingerprint.js';
import { configuredClient } from '../testing/fixtures.js';
import { consentForm, switchUserForm, type TestBrowser } from '../testing/test-browser.js';
import { DESCRIBED, DOCUMENT_PORTS, describeClient } from '../testing/test-client-document.js';
import { readPage } from '../testing/test-pages.js';
import { startTestServer, type TestServer } from '../testing/test-server.js';

const FIRST: Partial<Client> = { clientName: 'Weather Desk', redirectUris: [DESCRIBED.redirect_uri] };
const SECOND: Partial<Client> = {
  clientName: 'Your bank',
  redirectUris: [DESCRIBED.redirect_uri, 'https://evil.test/cb'],
};
const CHANGES = [
  { member: 'name', was: 'Weather Desk', is: 'Your bank' },
  { member: 'redirects', gone: [], added: ['https://evil.test/cb'] },
];

let test: TestServer;
let browser: TestBrowser;
beforeEach(async () => {
  test = await startTestServer({}, createMemoryStorage(), DOCUMENT_PORTS);
  browser = test.newBrowser();
});

const fingerprint = (description: Partial<Client>): string =>
  fingerprintOf(configuredClient(DESCRIBED.client_id, description), nodePlatform.hash);

/** The document says this now. */
const describeAs = (description: Partial<Client>): Promise<void> =>
  describeClient(test, fingerprint(description), description);

const told = async (page: Response): Promise<{ changed: boolean; changes: unknown }> => {
  const { descriptionChanged: changed, descriptionChanges: changes } = (await readPage(page)).model;
  return { changed, changes };
};
const UNTOLD = { changed: false, changes: [] };

const consentOf = (subject: string) =>
  test.storage.consents.find('default', `subject-of-${subject}`, DESCRIBED.client_id, 'https://gate.test/files/mcp');

describe('CI-08 the consent page of a client whose document changed', () => {
  beforeEach(async () => {
    await describeAs(FIRST);
    await browser.approve(DESCRIBED);
    await describeAs(SECOND);
  });

  it('CI-08 tells what changed since this user approved it, until they approve it again', async () => {
    const page = await browser.reachConsent(DESCRIBED);
    expect(await told(page.clone())).toEqual({ changed: true, changes: CHANGES });
    expect((await consentOf('alice'))?.clientDescription).toMatchObject(FIRST);
    await browser.submit(await consentForm(page, { decision: 'deny' }));
    expect((await consentOf('alice'))?.clientDescription).toMatchObject(FIRST);
    await browser.approve(DESCRIBED);
    expect((await consentOf('alice'))?.clientDescription).toMatchObject(SECOND);
    expect(await told(await browser.reachConsent(DESCRIBED))).toEqual(UNTOLD);
  });

  it('CI-08 tells the account what changed since this user approved it, and another account nothing', async () => {
    const changesIn = async (page: Response) => {
      const { clients } = (await readPage(page)).model as AccountPage;
      return clients.map(({ name, resources }) => [name, resources.map((one) => one.descriptionChanges)]);
    };
    expect(await changesIn(await browser.get('/account'))).toEqual([['Your bank', [CHANGES]]]);
    const another = test.newBrowser();
    await another.approve(DESCRIBED, 'bob');
    expect(await changesIn(await another.get('/account'))).toEqual([['Your bank', [[]]]]);
    await describeAs({ ...SECOND, clientName: 'Your bank too' });
    expect(await changesIn(await another.get('/account'))).toEqual([
      ['Your bank too', [[{ member: 'name', was: 'Your bank', is: 'Your bank too' }]]],
    ]);
  });

  it('CI-08 tells nobody else what one user had approved, at the same browser neither', async () => {
    const page = await browser.reachConsent(DESCRIBED);
    const signInPage = await browser.follow(await browser.submit(await switchUserForm(page)));
    expect(await told(await browser.signIn(signInPage, 'bob'))).toEqual(UNTOLD);
    await test.newBrowser().approve(DESCRIBED, 'bob');
    expect(await told(await test.newBrowser().reachConsent(DESCRIBED, 'bob'))).toEqual(UNTOLD);
    expect(await told(await test.newBrowser().reachConsent(DESCRIBED))).toEqual({ changed: true, changes: CHANGES });
  });

  it('CI-08 tells nothing once the consent is gone', async () => {
    const revocation = { now: test.clock.now, markLifetimeSeconds: 630 };
    await test.storage.grants.disconnect('default', 'subject-of-alice', DESCRIBED.client_id, revocation, {
      type: 'consent.withdrawn',
      outcome: 'allowed',
      tenantId: 'default',
      occurredAtEpochSeconds: test.clock.now,
    });
    expect(await told(await browser.reachConsent(DESCRIBED))).toEqual(UNTOLD);
  });
});

describe('CI-08 a consent that does not say what was approved', () => {
  /** Keeps a consent of alice as some other program could have. */
  async function keep(clientDescription: Client | undefined): Promise<void> {
    await describeAs(FIRST);
    await browser.approve(DESCRIBED);
    const held = await consentOf('alice');
    if (held === undefined) throw new Error('There is no consent');
    test.storage.consents.find = async () => ({ ...held, clientDescription });
    await describeAs(SECOND);
  }

  it.each([
    ['none, from before descriptions were kept', undefined],
    ['another one than its fingerprint is over', configuredClient(DESCRIBED.client_id, { clientName: 'Older still' })],
  ])('CI-08 tells that the client changed, and not what: %s', async (_title, clientDescription) => {
    await keep(clientDescription);
    expect(await told(await browser.reachConsent(DESCRIBED))).toEqual({ changed: true, changes: [] });
  });
});

it('keeps no description of a client that the operator describes', async () => {
  await browser.approve();
  const [consent] = await test.storage.consents.listOfUser('default', 'subject-of-alice');
  expect(consent).toMatchObject({ clientId: 'pub' });
  expect(consent?.clientDescription).toBeUndefined();
});
