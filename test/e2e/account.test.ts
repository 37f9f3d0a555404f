import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessibilityProblems } from '../support/accessibility.js';
import { type AuthorizedClient, authorizedClient } from '../support/authorized.js';
import { authorize, responseAt, signIn, startBrowser } from '../support/browser.js';
import { type Callback, listenForCallback } from '../support/callback.js';
import { type Gate, RELAXED_LIMITS, runProgram, startGate, TEST_PASSWORD } from '../support/gate.js';
import { initializeRequest, postMcp, registerClient, type TokenResponse } from '../support/oauth.js';
import { SERVER_EVERYTHING } from '../support/paths.js';
import { until } from '../support/processes.js';

let gate: Gate;
let browser: Browser;
let callback: Callback;

beforeAll(async () => {
  gate = await startGate({
    config: `
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
  await gate?.stop();
});

/** A client that this gate's user let in, with its tokens. */
const connected = (clientName: string): Promise<AuthorizedClient> => authorizedClient(gate, { clientName });

async function openAccount(person: { username: string; password: string } = gate): Promise<Page> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${gate.origin}/`);
  await page.getByRole('link', { name: 'Your applications' }).click();
  await signIn(page, person);
  // A page that is still on its way cannot be loaded anew.
  await page.waitForURL(`${gate.origin}/account`);
  return page;
}

const callStatus = async ({ access_token }: TokenResponse): Promise<number> => {
  const response = await postMcp(`${gate.origin}/mcp`, access_token, initializeRequest());
  await response.text();
  return response.status;
};

describe('the account page', () => {
  it('shows what is connected, and one press ends it: the grant at once, its access token within seconds', async () => {
    const { client, tokens } = await connected('One to disconnect');
    const other = await connected('One to keep');
    expect(await callStatus(tokens)).toBe(200);
    const page = await openAccount();
    await page.getByRole('heading', { name: 'One to disconnect' }).waitFor();
    const text = (await page.textContent('main')) ?? '';
    expect(text).toContain('It registered itself; nobody has vouched for it.');
    expect(text).toMatch(/Connected on \d+ \w+ \d{4}, last used just now\./);

    await page.getByRole('button', { name: 'Disconnect One to disconnect' }).click();
    expect(await page.getByRole('status').textContent()).toMatch(/^Disconnected One to disconnect\./);
    expect(page.url()).toBe(`${gate.origin}/account`);
    expect(await page.getByRole('heading', { name: 'One to disconnect' }).count()).toBe(0);
    expect((await client.refresh(tokens.refresh_token)).status).toBe(400);
    await until('the access token to end', async () => ((await callStatus(tokens)) === 401 ? true : undefined));
    expect(await callStatus(other.tokens)).toBe(200);
    await page.reload();
    await page.getByRole('heading', { name: 'One to keep' }).waitFor();
    expect(await page.getByRole('status').count()).toBe(0);
    expect(
      gate.log().some((line) => line['type'] === 'consent.withdrawn' && line['clientId'] === client.clientId),
    ).toBe(true);
    await page.context().close();
  });

  it('CB-04 shows a hostile name as text', async () => {
    await connected('<img src=x onerror=alert(1)>"><script>alert(2)</script>\u202egnp.exe');
    const page = await openAccount();
    let dialogs = 0;
    page.on('dialog', (dialog) => {
      dialogs += 1;
      void dialog.dismiss();
    });
    await page.reload();
    const text = (await page.textContent('main')) ?? '';
    expect(text).toContain('<img src=x');
    expect(text).not.toContain('\u202e');
    expect(await page.locator('main img, main script').count()).toBe(0);
    expect(dialogs).toBe(0);
    await page.context().close();
  });

  it('leaves no quotation mark alone on a line, however long a name is and wherever it breaks', async () => {
    await connected('Quoted');
    const page = await openAccount();
    const heading = page.getByRole('heading', { name: 'Quoted' });
    await heading.waitFor();
    const alone = await heading.evaluate((element) => {
      const [quote, name] = [element.querySelector('q'), element.querySelector('bdi')];
      if (quote === null || name === null) return 'no quotation';
      const bottomOf = (box: Element): number => [...box.getClientRects()].at(-1)?.bottom ?? 0;
      const found: string[] = [];
      for (let width = 320; width <= 400; width += 8) {
        document.documentElement.style.width = `${width}px`;
        for (let length = 1; length <= 30; length += 1) {
          name.textContent = 'm'.repeat(length);
          if (bottomOf(quote) - bottomOf(name) > 4) found.push(`${length} letters at ${width} px`);
        }
      }
      return found;
    });
    expect(alone).toEqual([]);
    await page.context().close();
  });

  it('works by keyboard alone', async () => {
    await connected('By keyboard');
    const page = await openAccount();
    const button = page.getByRole('button', { name: 'Disconnect By keyboard' });
    await button.waitFor();
    for (let presses = 0; presses < 60; presses += 1) {
      await page.keyboard.press('Tab');
      if (await button.evaluate((element) => element === document.activeElement)) break;
    }
    await page.keyboard.press('Enter');
    await page.getByRole('status').waitFor();
    expect(await page.getByRole('heading', { name: 'By keyboard' }).count()).toBe(0);
    await page.context().close();
  });

  it('tells a disabled user so, with the right password only', async () => {
    const dataDir = ['--data-dir', gate.dataDir];
    const eve = { username: 'eve', password: TEST_PASSWORD };
    const added = await runProgram(['users', 'add', 'eve', '--password-stdin', ...dataDir], { input: TEST_PASSWORD });
    expect(added.code).toBe(0);
    const context = await browser.newContext({ bypassCSP: true, viewport: { width: 320, height: 640 } });
    const page = await context.newPage();
    await page.goto(`${gate.origin}/account`);
    await signIn(page, eve);
    await page.getByRole('heading', { name: 'Your applications' }).waitFor();
    expect((await runProgram(['users', 'disable', 'eve', ...dataDir])).code).toBe(0);

    await page.reload();
    await page.getByLabel('Password').waitFor();
    await signIn(page, { ...eve, password: 'not the password' });
    expect(await page.getByRole('alert').textContent()).toBe('The username or the password is not right.');
    await signIn(page, eve);
    await page.getByRole('heading', { name: 'This account is disabled' }).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.getByRole('link', { name: 'Sign in as somebody else' }).click();
    expect((await runProgram(['users', 'enable', 'eve', ...dataDir])).code).toBe(0);
    await signIn(page, eve);
    await page.getByRole('heading', { name: 'Your applications' }).waitFor();
    await context.close();
  });
});

describe('step-up', () => {
  it('asks only for what is new, and the token carries what was requested', async () => {
    const context = await browser.newContext();
    const client = await registerClient(gate.origin, callback.redirectUri, { scope: 'mcp:tools:read' });
    const redeem = async (query: URLSearchParams): Promise<string> => {
      const response = await client.redeem(query.get('code') ?? '');
      return ((await response.json()) as TokenResponse).scope;
    };
    expect(await redeem(await authorize(context, client.authorizationUrl, gate, callback.next()))).toBe(
      'mcp:tools:read',
    );

    const more = new URL(client.authorizationUrl);
    more.searchParams.set('scope', 'mcp:tools:read mcp:tools:execute');
    const page = await context.newPage();
    await page.goto(more.href);
    const boxes = page.getByRole('checkbox');
    expect(await boxes.count()).toBe(1);
    expect(await boxes.first().getAttribute('value')).toBe('mcp:tools:execute');
    await page.getByRole('heading', { name: 'You have allowed before' }).waitFor();
    await page.close();
    expect(await redeem(await authorize(context, more, gate, callback.next()))).toBe(
      'mcp:tools:read mcp:tools:execute',
    );
    expect(await redeem(await authorize(context, client.authorizationUrl, gate, callback.next()))).toBe(
      'mcp:tools:read',
    );
    await context.close();
  });

  it('asks for the password again for prompt=login, and leads on to the consent', async () => {
    const context = await browser.newContext();
    const client = await registerClient(gate.origin, callback.redirectUri);
    await authorize(context, client.authorizationUrl, gate, callback.next());
    const again = new URL(client.authorizationUrl);
    again.searchParams.set('prompt', 'login');
    const page = await context.newPage();
    // A sign-in counts by whole seconds, and only a later one is a new one.
    const signedInAt = Math.floor(Date.now() / 1000);
    await page.goto(again.href);
    await page.getByText('it asks you to sign in again').waitFor();
    await until('another second', () => (Math.floor(Date.now() / 1000) > signedInAt + 1 ? true : undefined));
    await page.getByLabel('Password').fill(gate.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('button', { name: 'Continue', exact: true }).click();
    expect((await responseAt(page, callback)).get('code')).toBeTruthy();
    await context.close();
  });
});

describe('pages inside a page of somebody else', () => {
  let site: Server;
  let origin: string;
  let page: Page;
  beforeAll(async () => {
    page = await openAccount();
    site = createServer((request, response) => {
      const framed = new URL(request.url ?? '/', 'http://127.0.0.1').searchParams.get('framed') ?? '';
      response.writeHead(200, { 'content-type': 'text/html' }).end(`<iframe src="${framed}"></iframe>`);
    });
    await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    await page?.context().close();
    site?.close();
    site?.closeAllConnections();
  });

  it.each(['/account', '/authorize', '/interaction', '/', '/mcp'])('CB-02 %s is not shown', async (path) => {
    const refused = page.waitForEvent('console', (message) => message.text().includes('frame'));
    await page.goto(`${origin}/?framed=${encodeURIComponent(gate.origin + path)}`);
    await refused;
    for (const frame of page.frames().slice(1)) expect(await frame.locator('main').count()).toBe(0);
  });

  it('CB-02 a consent page, its sign-in before it, and the error that follows are not shown', async () => {
    const context = await browser.newContext();
    const client = await registerClient(gate.origin, callback.redirectUri);
    const page = await context.newPage();
    await page.goto(client.authorizationUrl.href);
    const pages = [page.url()];
    await signIn(page, gate);
    await page.getByRole('button', { name: 'Approve', exact: true }).waitFor();
    pages.push(page.url(), `${client.authorizationUrl.href}&response_type=token`);
    for (const url of pages) {
      const refused = page.waitForEvent('console', (message) => message.text().includes('frame'));
      await page.goto(`${origin}/?framed=${encodeURIComponent(url)}`);
      await refused;
      for (const frame of page.frames().slice(1)) expect(await frame.locator('main').count()).toBe(0);
    }
    await context.close();
  });
});

it('CB-04 a state with markup in it is text on an error page', async () => {
  const context = await browser.newContext();
  const client = await registerClient(gate.origin, callback.redirectUri);
  const page = await context.newPage();
  const url = new URL(client.authorizationUrl);
  url.searchParams.set('state', '"><script>alert(1)</script><img src=x onerror=alert(2)>');
  url.searchParams.set('response_type', 'token');
  const response = await page.goto(url.href);
  expect(response?.status()).toBe(400);
  expect(await page.locator('main img, main script, meta[http-equiv]').count()).toBe(0);
  const href = new URL((await page.getByRole('link').getAttribute('href')) ?? '');
  expect(href.searchParams.get('state')).toBe(url.searchParams.get('state'));
  await context.close();
});
