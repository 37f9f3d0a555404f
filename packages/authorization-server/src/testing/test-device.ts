import { DEVICE_CODE_GRANT_TYPE } from '@portcullis/protocol';
import { configuredClient, FILES, type Form } from './fixtures.js';
import { consentForm, fieldsOf, type TestBrowser } from './test-browser.js';
import { readPage } from './test-pages.js';
import type { TestServer } from './test-server.js';

/** A device without a secret, as most are. */
export const television = configuredClient('tv', {
  clientName: 'Television',
  grantTypes: [DEVICE_CODE_GRANT_TYPE, 'refresh_token'],
  redirectUris: [],
});

/** What a device is told (RFC 8628 §3.2). */
export interface DeviceCodes {
  readonly device_code: string;
  readonly user_code: string;
  readonly verification_uri: string;
  readonly verification_uri_complete: string;
  readonly expires_in: number;
  readonly interval: number;
}

/** A good request of {@link television}. */
export const DEVICE_REQUEST = { client_id: 'tv', resource: FILES, scope: 'files:read files:write' } as const;

export async function askForCodes(test: TestServer, changes: Form = {}): Promise<DeviceCodes> {
  const response = await test.postForm('/device_authorization', { ...DEVICE_REQUEST, ...changes });
  if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
  return (await response.json()) as DeviceCodes;
}

/** One poll of the device. */
export function poll(test: TestServer, { device_code }: Pick<DeviceCodes, 'device_code'>, changes: Form = {}) {
  return test.postForm('/token', { grant_type: DEVICE_CODE_GRANT_TYPE, client_id: 'tv', device_code, ...changes });
}

/** Types a code in, and stays on the page that answers. */
export async function typeCode(browser: TestBrowser, userCode: string): Promise<Response> {
  const { model } = await readPage(await browser.get('/device'));
  return browser.submit(fieldsOf(model.form, { user_code: userCode }));
}

/** The consent page for a code, signed in as `username`. */
export async function reachDeviceConsent(browser: TestBrowser, userCode: string, username = 'alice') {
  const page = await browser.follow(await typeCode(browser, userCode));
  return (await readPage(page.clone())).page === 'signIn' ? browser.signIn(page, username) : page;
}

/** Goes all the way. */
export async function decideOnDevice(browser: TestBrowser, userCode: string, changes: Form = {}): Promise<Response> {
  return browser.submit(await consentForm(await reachDeviceConsent(browser, userCode), changes));
}
