import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { responseAt, startBrowser } from '../support/browser.js';
import { type Callback, listenForCallback } from '../support/callback.js';
import { type Embedder, startEmbedder } from '../support/embedder.js';
import { type ManualClient, registerClient } from '../support/oauth.js';

// A login on another site, in a real browser: browsers hold `form-action` against every redirect after a form.

let embedder: Embedder;
let browser: Browser;
let callback: Callback;

beforeAll(async () => {
  embedder = await startEmbedder();
  browser = await startBrowser();
  callback = await listenForCallback();
});

afterAll(async () => {
  await browser?.close();
  await callback?.close();
  await embedder?.stop();
});

const newClient = (): Promise<ManualClient> =>
  registerClient(embedder.origin, callback.redirectUri, { resource: 'https://gate.test/mcp' });

async function logIn(page: Page, name: string): Promise<void> {
  expect(new URL(page.url()).origin).toBe(embedder.loginOrigin);
  await page.getByLabel('Name').fill(name);
  await page.getByRole('button', { name: 'Log in' }).click();
}

it('goes to another site and back, lets another user in, and ends with the code', async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  const client = await newClient();
  await page.goto(client.authorizationUrl.href);
  await logIn(page, 'carol');
  await page.getByText('Signed in as carol').waitFor();

  await page.getByRole('button', { name: 'Switch user' }).click();
  await page.getByLabel('Name').waitFor();
  await logIn(page, 'dave');
  await page.getByText('Signed in as dave').waitFor();
  await page.getByRole('button', { name: 'Approve', exact: true }).click();
  const query = await responseAt(page, callback);
  expect(query.get('state')).toBe(client.state);
  expect((await client.redeem(query.get('code') ?? '')).status).toBe(200);
  await context.close();
});

it('uses the session that the other site remembers, for the account page too', async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${embedder.origin}/account`);
  await logIn(page, 'erin');
  await page.getByText('Nothing is connected.').waitFor();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('link', { name: 'Sign in again' }).click();
  await page.getByLabel('Name').waitFor();
  const client = await newClient();
  await page.goto(client.authorizationUrl.href);
  await page.getByText('Signed in as erin').waitFor();
  await context.close();
});
