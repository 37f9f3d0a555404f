import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessibilityProblems } from '../support/accessibility.js';
import { approvedCode } from '../support/authorized.js';
import { responseAt, signIn, startBrowser } from '../support/browser.js';
import { type Callback, listenForCallback } from '../support/callback.js';
import { type Gate, RELAXED_LIMITS, startGate } from '../support/gate.js';
import { initializeRequest, type ManualClient, postMcp, registerClient, type TokenResponse } from '../support/oauth.js';
import { SERVER_EVERYTHING } from '../support/paths.js';

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

const approve = (page: Page) => page.getByRole('button', { name: 'Approve', exact: true });

/** A page that stands at the consent form of a new client. */
async function atConsent(
  context: BrowserContext,
  clientName = 'Manual client',
): Promise<{ page: Page; client: ManualClient }> {
  const client = await registerClient(gate.origin, callback.redirectUri, { clientName });
  const page = await context.newPage();
  await page.goto(client.authorizationUrl.href);
  if (await page.getByLabel('Password').isVisible()) await signIn(page, gate);
  await approve(page).waitFor();
  return { page, client };
}

describe('the pages', () => {
  it.each(['light', 'dark'] as const)(
    'are sound for a screen reader and fit a phone, in the %s scheme',
    async (colorScheme) => {
      const context = await browser.newContext({ colorScheme, viewport: { width: 320, height: 640 }, bypassCSP: true });
      const client = await registerClient(gate.origin, callback.redirectUri, { clientName: 'Returning client' });
      const page = await context.newPage();
      const approveAndReturn = async (): Promise<void> => {
        await approve(page).click();
        await responseAt(page, callback);
        await page.goto(client.authorizationUrl.href);
      };
      const check = async (name: string): Promise<void> => {
        expect([name, await accessibilityProblems(page)]).toEqual([name, []]);
        const width = await page.evaluate(() => document.documentElement.scrollWidth);
        expect([name, width]).toEqual([name, 320]);
      };
      await page.goto(client.authorizationUrl.href);
      await check('sign-in');
      await signIn(page, { ...gate, password: 'not the password' });
      await page.getByRole('alert').waitFor();
      await check('sign-in refused');
      await signIn(page, gate);
      await approve(page).waitFor();
      await check('consent');
      await page.locator('input[name="scope"][value="mcp:tools:execute"]').uncheck();
      await approveAndReturn();
      await approve(page).waitFor();
      await check('step-up');
      await approveAndReturn();
      await page.getByRole('button', { name: 'Continue', exact: true }).waitFor();
      await check('nothing new');
      await page.goto(`${gate.origin}/account`);
      await page.getByRole('button', { name: 'Disconnect Returning client' }).waitFor();
      await check('account');
      await page.getByRole('button', { name: 'Disconnect Returning client' }).click();
      await page.getByRole('status').waitFor();
      await check('account, disconnected');
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.getByRole('link', { name: 'Sign in again' }).waitFor();
      await check('signed out');
      await page.goto(`${gate.origin}/account`);
      await page.getByLabel('Password').waitFor();
      await check('sign-in for the account');
      await page.goto(`${gate.origin}/authorize?client_id=unknown`);
      await check('error');
      await page.goto(`${gate.origin}/mcp`);
      await check('MCP endpoint');
      await page.goto(`${gate.origin}/`);
      await check('home');
      await page.goto(`${gate.origin}/nothing-here`);
      await check('not found');
      await context.close();
    },
  );

  it('CB-02 cannot be framed, run no script and load nothing from elsewhere', async () => {
    const context = await browser.newContext();
    const { page } = await atConsent(context);
    for (const url of [
      page.url(),
      `${gate.origin}/authorize?client_id=unknown`,
      `${gate.origin}/account`,
      `${gate.origin}/mcp`,
      `${gate.origin}/`,
    ]) {
      const response = await page.goto(url);
      const headers = response?.headers() ?? {};
      const policy = headers['content-security-policy'] ?? '';
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).toContain("form-action 'self'");
      expect(policy).not.toContain('unsafe');
      expect(headers['x-frame-options']).toBe('DENY');
      expect(headers['referrer-policy']).toMatch(/^(same-origin|no-referrer)$/);
    }
    await context.close();
  });

  it('work by keyboard alone', async () => {
    const context = await browser.newContext();
    const client = await registerClient(gate.origin, callback.redirectUri);
    const page = await context.newPage();
    await page.goto(client.authorizationUrl.href);
    await page.locator('input[name="username"]:focus').waitFor();
    await page.keyboard.type(gate.username);
    await page.keyboard.press('Tab');
    await page.keyboard.type(gate.password);
    await page.keyboard.press('Enter');
    await approve(page).waitFor();
    for (let presses = 0; presses < 30; presses += 1) {
      await page.keyboard.press('Tab');
      if (await approve(page).evaluate((button) => button === document.activeElement)) break;
    }
    await page.keyboard.press('Enter');
    expect((await responseAt(page, callback)).get('code')).toBeTruthy();
    await context.close();
  });

  it('CB-04 show hostile names as text, bounded, and name where the browser will go', async () => {
    const context = await browser.newContext();
    let dialogs = 0;
    const name = `<img src=x onerror=alert(1)>"><script>alert(2)</script>\u202egnp.exe\u200b${'x'.repeat(300)}`;
    expect(name.length).toBeGreaterThan(300);
    context.on('dialog', (dialog) => {
      dialogs += 1;
      void dialog.dismiss();
    });
    const { page } = await atConsent(context, name);
    const text = (await page.textContent('body')) ?? '';
    expect(text).toContain('<img src=x');
    expect(text).not.toMatch(/[\u202e\u200b]/);
    const quoted = await page.locator('h1 .name').innerText();
    expect(quoted).toMatch(/^<img src=x .*…$/);
    expect(Array.from(quoted)).toHaveLength(64);
    // Whole only where somebody unfolds it.
    expect(await page.innerText('body')).not.toContain('x'.repeat(64));
    await page.getByText('Technical details').click();
    expect(await page.innerText('details')).toContain('x'.repeat(300));
    expect(text).toContain(new URL(callback.redirectUri).hostname);
    expect(text).toMatch(/this computer/i);
    // An image that is not there has failed by then, and what it would run has run.
    await page.waitForLoadState('load');
    expect(dialogs).toBe(0);
    await context.close();
  });
});

/** The lines of a text as they stand on the page. */
function linesOf(element: Element): string[] {
  const lines: { top: number; text: string }[] = [];
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    [...(node.textContent ?? '')].forEach((character, index) => {
      const range = document.createRange();
      range.setStart(node, index);
      range.setEnd(node, index + 1);
      const { top, height } = range.getBoundingClientRect();
      const last = lines.at(-1);
      if (last === undefined || Math.abs(last.top - top) > height / 2) lines.push({ top, text: character });
      else last.text += character;
    });
  }
  return lines.map(({ text }) => text);
}

it.each([320, 360, 412])(
  'CB-04 a host is broken at dots alone on a phone %i wide, and a longer label where the line is full',
  async (width) => {
    const context = await browser.newContext({ viewport: { width, height: 800 } });
    const long = 'x'.repeat(60);
    const hosts = ['app.example.com.evil.example', 'app-example.com-accounts.evil-one.example', `a.${long}.example`];
    const seen: string[][] = [];
    for (const host of hosts) {
      const client = await registerClient(gate.origin, `https://${host}/cb`);
      const page = await context.newPage();
      await page.goto(client.authorizationUrl.href);
      if (await page.getByLabel('Password').isVisible()) await signIn(page, gate);
      await approve(page).waitFor();
      await page.getByText('Technical details').click();
      const places = await page.locator('.place').evaluateAll((all, host) => {
        return all.flatMap((one, index) => (one.textContent?.includes(host) ? [index] : []));
      }, host);
      expect(places).toHaveLength(2);
      for (const index of places) {
        const lines = await page.locator('.place').nth(index).evaluate(linesOf);
        expect(lines.join('')).toContain(host);
        seen.push(lines);
      }
      await page.close();
    }
    const breaks = seen.flatMap((lines) => lines.slice(0, -1));
    expect(breaks.length).toBeGreaterThan(3);
    const inLabels = breaks.filter((line) => !/[./]$/.test(line));
    expect(inLabels.length).toBeGreaterThan(0);
    for (const line of inLabels) expect(line).toMatch(/^x+$/);
    await context.close();
  },
);

describe('the decision', () => {
  it('a scope that the person takes off is a call that fails with 403', async () => {
    const context = await browser.newContext();
    const { page, client } = await atConsent(context);
    await page.locator('input[name="scope"][value="mcp:tools:execute"]').uncheck();
    await approve(page).click();
    const redeemed = await client.redeem((await responseAt(page, callback)).get('code') ?? '');
    const tokens = (await redeemed.json()) as TokenResponse;
    await context.close();
    expect(tokens.scope.split(' ')).not.toContain('mcp:tools:execute');
    const url = `${gate.origin}/mcp`;
    const opened = await postMcp(url, tokens.access_token, initializeRequest());
    await opened.text();
    const session = { 'mcp-session-id': opened.headers.get('mcp-session-id') ?? '' };
    const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'echo', arguments: { message: 'x' } } };
    const refused = await postMcp(url, tokens.access_token, call, session);
    expect(refused.status).toBe(403);
    expect(refused.headers.get('www-authenticate')).toContain('mcp:tools:execute');
    const list = await postMcp(url, tokens.access_token, { jsonrpc: '2.0', id: 2, method: 'tools/list' }, session);
    expect(list.status).toBe(200);
  });

  it('a refusal goes back to the client as access_denied, with state and issuer', async () => {
    const context = await browser.newContext();
    const { page, client } = await atConsent(context);
    await page.getByRole('button', { name: 'Deny', exact: true }).click();
    const query = await responseAt(page, callback);
    expect(Object.fromEntries(query)).toMatchObject({ error: 'access_denied', state: client.state, iss: gate.origin });
    expect(query.has('code')).toBe(false);
    await context.close();
  });

  it('CB-07 two tabs, answered in reverse order, each get their own code', async () => {
    const context = await browser.newContext();
    const first = await atConsent(context, 'First');
    const second = await atConsent(context, 'Second');
    await approve(second.page).click();
    const secondQuery = await responseAt(second.page, callback);
    await approve(first.page).click();
    const firstQuery = await responseAt(first.page, callback);
    expect([firstQuery.get('state'), secondQuery.get('state')]).toEqual([first.client.state, second.client.state]);
    expect((await first.client.redeem(firstQuery.get('code') ?? '')).status).toBe(200);
    expect((await second.client.redeem(secondQuery.get('code') ?? '')).status).toBe(200);
    await context.close();
  });

  it('CB-07 a form that is sent twice brings one code and no error page', async () => {
    const context = await browser.newContext();
    const { page, client } = await atConsent(context);
    await approve(page).dblclick();
    const query = await responseAt(page, callback);
    expect((await client.redeem(query.get('code') ?? '')).status).toBe(200);
    await context.close();
  });

  it('CB-01 a form from elsewhere decides nothing, and the tab it aimed at still completes', async () => {
    const context = await browser.newContext();
    const { page, client } = await atConsent(context);
    const transaction = (await page.locator('input[name="transaction"]').first().getAttribute('value')) ?? '';
    const csrfToken = (await page.locator('input[name="csrf_token"]').first().getAttribute('value')) ?? '';
    const cookie = (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join('; ');
    const action = new URL((await page.locator('form').first().getAttribute('action')) ?? '', gate.origin);
    const post = (form: Record<string, string>, headers: Record<string, string>): Promise<Response> =>
      fetch(new URL('/interaction/consent', action), {
        method: 'POST',
        redirect: 'manual',
        headers: { origin: gate.origin, cookie, ...headers },
        body: new URLSearchParams({ transaction, csrf_token: csrfToken, decision: 'approve', ...form }),
      });
    expect((await post({ csrf_token: '' }, {})).status).toBe(403);
    expect((await post({ csrf_token: `${csrfToken}x` }, {})).status).toBe(403);
    expect((await post({}, { origin: 'https://evil.test' })).status).toBe(403);
    expect((await post({}, { origin: 'null' })).status).toBe(403);
    expect((await post({}, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await post({}, { cookie: '' })).status).toBeGreaterThanOrEqual(400);
    expect((await post({ scope: 'mcp:everything' }, {})).status).toBe(400);
    await approve(page).click();
    expect((await responseAt(page, callback)).get('state')).toBe(client.state);
    await context.close();
  });

  it('another browser that learns the address of a consent page gets nowhere', async () => {
    const context = await browser.newContext();
    const { page } = await atConsent(context);
    const stranger = await browser.newContext();
    const theirs = await stranger.newPage();
    const response = await theirs.goto(page.url());
    expect(response?.status()).toBe(400);
    expect(await theirs.getByRole('button', { name: 'Approve' }).count()).toBe(0);
    await Promise.all([context.close(), stranger.close()]);
  });

  it('CB-03 cookies are for this gate alone, out of the reach of scripts, and new at every sign-in', async () => {
    const context = await browser.newContext();
    await context.addCookies([
      { name: `portcullis-session-${gate.port}`, value: 'planted-by-an-attacker', url: gate.origin },
    ]);
    await atConsent(context);
    const cookies = await context.cookies();
    expect(cookies.length).toBeGreaterThanOrEqual(2);
    for (const cookie of cookies) {
      expect(cookie).toMatchObject({ httpOnly: true, secure: false, sameSite: 'Lax', path: '/' });
      expect(cookie.name).toContain(String(gate.port));
      expect(cookie.value).not.toContain('planted');
    }
    await context.close();
  });

  it('a session is used for the next client, and left by "Switch user"', async () => {
    const context = await browser.newContext();
    await atConsent(context);
    const { page } = await atConsent(context, 'Second client');
    expect(await page.textContent('body')).toContain(gate.username);
    await page.getByRole('button', { name: /switch/i }).click();
    await page.getByLabel('Password').waitFor();
    await context.close();
  });

  it('AZ-10 an unknown client or a foreign redirect is answered on a page, never by leaving', async () => {
    const { client } = await approvedCode(gate);
    const bodies: string[] = [];
    for (const change of [{ client_id: 'unknown' }, { redirect_uri: 'https://evil.test/cb' }]) {
      const url = new URL(client.authorizationUrl);
      for (const [name, value] of Object.entries(change)) url.searchParams.set(name, value);
      const response = await fetch(url, { redirect: 'manual' });
      expect([response.status, response.headers.get('location')]).toEqual([400, null]);
      const body = await response.text();
      expect(body).not.toMatch(/http-equiv="?refresh/i);
      bodies.push(body.replaceAll(/[A-Za-z0-9_-]{16}/g, ''));
    }
    expect(bodies[0]).toBe(bodies[1]);
  });
});
