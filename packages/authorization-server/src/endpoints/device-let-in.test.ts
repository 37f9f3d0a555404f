import { createMemoryStorage } from '@portcullis/ports/memory';
import { DEVICE_CODE_GRANT_TYPE } from '@portcullis/protocol';
import { expect, it } from 'vitest';
import { DESCRIBED, DOCUMENT_PORTS, describeClient } from '../testing/test-client-document.js';
import { askForCodes, type DeviceCodes, typeCode } from '../testing/test-device.js';
import { readPage } from '../testing/test-pages.js';
import { startTestServer, type TestServer } from '../testing/test-server.js';

// No document gives the grant to a client. One that is stored with it, by whatever hand, is held as the authorization
// endpoint holds it.

/** A device that is described by a document, whose codes were issued before the operator thought otherwise. */
async function issueThen(
  clientIdMetadataDocuments: NonNullable<TestServer['options']['clientIdMetadataDocuments']>,
): Promise<{ readonly test: TestServer; readonly codes: DeviceCodes }> {
  const storage = createMemoryStorage();
  const before = await startTestServer({}, storage, DOCUMENT_PORTS);
  await describeClient(before, 'f', { grantTypes: [DEVICE_CODE_GRANT_TYPE] });
  const codes = await askForCodes(before, { client_id: DESCRIBED.client_id });
  return { test: await startTestServer({ clientIdMetadataDocuments }, storage, DOCUMENT_PORTS), codes };
}

it('DV-01 leads nobody to a client that the operator shut out', async () => {
  const { test, codes } = await issueThen({ deniedHosts: ['described.test'] });
  const response = await typeCode(test.newBrowser(), codes.user_code);
  expect(response.status).toBe(403);
  expect((await readPage(response)).model).toMatchObject({ title: 'This application is not let in here' });
  expect(test.events.at(-1)).toMatchObject({ type: 'authorization.refused', reason: 'client_shut_out' });
});

it('DV-01 puts a client before the operator once somebody is signed in, and goes on when it is let in', async () => {
  const { test, codes } = await issueThen({ otherHosts: 'ask' });
  const browser = test.newBrowser();
  const strange = await typeCode(browser, codes.user_code);
  expect(strange.status).toBe(403);
  expect((await readPage(strange)).model).toMatchObject({ signInPath: '/account' });
  await browser.signIn(await browser.get('/account'));
  const asked = await typeCode(browser, codes.user_code);
  expect(asked.status).toBe(403);
  expect((await readPage(asked)).model).toMatchObject({ waitingHost: 'described.test' });
  expect(await test.storage.clientApprovals.list('default')).toMatchObject([{ status: 'pending' }]);
  await test.storage.clientApprovals.decide('default', DESCRIBED.client_id, 'approved', test.clock.now, {
    type: 'client.approved',
    outcome: 'allowed',
    tenantId: 'default',
    occurredAtEpochSeconds: test.clock.now,
  });
  expect((await typeCode(browser, codes.user_code)).status).toBe(303);
});
