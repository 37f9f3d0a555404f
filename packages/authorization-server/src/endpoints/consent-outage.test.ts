import { StorageUnavailableError } from '@portcullis/ports';
import { expect, it } from 'vitest';
import { consentForm, leavingLocation } from '../testing/test-browser.js';
import { readPage } from '../testing/test-pages.js';
import { startTestServer } from '../testing/test-server.js';

it('F-03 a decision that meets a store that is away leads back to its question, which is answered once it is back', async () => {
  const test = await startTestServer();
  const browser = test.newBrowser();
  const form = await consentForm(await browser.reachConsent());
  const { transactions } = test.storage;
  const find = transactions.find.bind(transactions);
  transactions.find = () => Promise.reject(new StorageUnavailableError('Nothing listens there'));
  const refused = await browser.submit(form);
  expect(refused.status).toBe(503);
  expect(refused.headers.get('retry-after')).not.toBeNull();
  const { page, model } = await readPage(refused);
  expect({ page, retryPath: model.retryPath }).toEqual({
    page: 'error',
    retryPath: `/interaction?transaction=${form.fields['transaction']}`,
  });
  expect(model.summary).toContain('still there');
  // A form of another site is told of no question.
  const foreign = await browser.submit(form, { origin: 'https://evil.test', 'sec-fetch-site': 'cross-site' });
  expect((await readPage(foreign)).model.retryPath).toBeUndefined();

  transactions.find = find;
  const again = await browser.get(model.retryPath);
  const location = await leavingLocation(await browser.submit(await consentForm(again)));
  expect(location.searchParams.get('code')).toMatch(/^pcc_/);
});
