import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { responseAt, signIn, startBrowser } from '../support/browser.js';
import { type Callback, listenForCallback } from '../support/callback.js';
import { type Gate, RELAXED_LIMITS, startGate } from '../support/gate.js';
import { type GatheringProxy, startGatheringProxy } from '../support/gathering-proxy.js';
import { type ManualClient, registerClient } from '../support/oauth.js';
import { SERVER_EVERYTHING } from '../support/paths.js';
import { freePort } from '../support/processes.js';

let gate: Gate;
let proxy: GatheringProxy;
let browser: Browser;
let callback: Callback;

beforeAll(async () => {
  const port = await freePort();
  proxy = await startGatheringProxy(port);
  gate = await startGate({
    port,
    config: `
publicUrl: ${proxy.origin}
upstreams:
  - command: node
    args: [${JSON.stringify(SERVER_EVERYTHING)}, stdio]
${RELAXED_LIMITS}`,
  });
  browser = await startBrowser();
  callback = await listenForCallback();
});

afterAll(async () => {
  await browser?.close();
  await callback?.close();
  await proxy?.close();
  await gate?.stop();
});

const approve = (page: Page) => page.getByRole('button', { name: 'Approve', exact: true });

/** One tab for each client, whose requests were all sent before the first of them was answered. */
async function openAtOnce(context: BrowserContext, clients: readonly ManualClient[]): Promise<readonly Page[]> {
  proxy.gather('/authorize', clients.length);
  return Promise.all(
    clients.map(async ({ authorizationUrl }) => {
      const page = await context.newPage();
      await page.goto(authorizationUrl.href);
      return page;
    }),
  );
}

const browserCookies = async (context: BrowserContext): Promise<readonly string[]> =>
  (await context.cookies()).map(({ name }) => name).filter((name) => name.startsWith('portcullis-browser-'));

it('CB-07 tabs that a fresh browser opened at once are signed in to, and answered, each for its own client', async () => {
  const context = await browser.newContext();
  const clients = await Promise.all(
    ['First', 'Second', 'Third'].map((clientName) =>
      registerClient(proxy.origin, callback.redirectUri, { clientName }),
    ),
  );
  const tabs = await openAtOnce(context, clients);
  expect(await browserCookies(context)).toHaveLength(3);
  // Each of them asked for a sign-in before there was one; the second is signed in to as if there were none yet.
  for (const page of tabs) await page.getByLabel('Password').waitFor();
  for (const page of tabs.slice(0, 2)) await signIn(page, gate);
  await tabs[2]?.reload();
  for (const page of tabs) await approve(page).waitFor();
  for (const [index, page] of [...tabs.entries()].reverse()) {
    await approve(page).click();
    const query = await responseAt(page, callback);
    expect(query.get('state')).toBe(clients[index]?.state);
    expect((await clients[index]?.redeem(query.get('code') ?? ''))?.status).toBe(200);
  }
  await context.close();
});

it('CB-07 what such tabs left behind serves the pages that follow, and does not grow', async () => {
  const context = await browser.newContext();
  const register = () => registerClient(proxy.origin, callback.redirectUri);
  const [first, second] = await openAtOnce(context, [await register(), await register()]);
  if (first === undefined || second === undefined) throw new Error('two tabs were opened');
  await signIn(second, gate);
  await approve(second).click();
  await responseAt(second, callback);
  const cookies = await browserCookies(context);

  // The account page, and the tab that was left alone meanwhile.
  const account = await context.newPage();
  await account.goto(`${proxy.origin}/account`);
  await account.getByRole('button', { name: 'Disconnect Manual client' }).click();
  await account.getByRole('status').waitFor();
  await first.reload();
  await first.getByRole('button', { name: /switch/i }).click();
  await signIn(first, gate);
  await approve(first).click();
  await responseAt(first, callback);

  // A client that comes back.
  const client = await register();
  const page = await context.newPage();
  await page.goto(client.authorizationUrl.href);
  await approve(page).click();
  expect((await responseAt(page, callback)).get('state')).toBe(client.state);
  expect(await browserCookies(context)).toEqual(cookies);
  await context.close();
});
