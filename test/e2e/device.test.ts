import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessibilityProblems } from '../support/accessibility.js';
import { signIn, startBrowser } from '../support/browser.js';
import { type Gate, RELAXED_LIMITS, runProgram, startGate } from '../support/gate.js';
import { initializeRequest, postMcp, type TokenResponse } from '../support/oauth.js';
import { PROGRAM, ROOT, SERVER_EVERYTHING } from '../support/paths.js';
import { start, until } from '../support/processes.js';

const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code';

let gate: Gate;
let browser: Browser;
let clientId: string;

beforeAll(async () => {
  gate = await startGate({
    config: `
upstreams:
  - command: node
    args: [${JSON.stringify(SERVER_EVERYTHING)}, stdio]
${RELAXED_LIMITS}`,
  });
  browser = await startBrowser();
  clientId = await addDevice('Living room display', '--grant', 'refresh_token');
});

afterAll(async () => {
  await browser?.close();
  await gate?.stop();
});

/** An operator makes a device known while the gate runs. */
async function addDevice(name: string, ...args: string[]): Promise<string> {
  const command = ['clients', 'add', name, '--public', '--grant', DEVICE_CODE, ...args];
  const { code, stdout, stderr } = await runProgram([...command, '--json', '--data-dir', gate.dataDir]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return (JSON.parse(stdout) as { readonly clientId: string }).clientId;
}

interface DeviceCodes {
  readonly device_code: string;
  readonly user_code: string;
  readonly verification_uri: string;
  readonly verification_uri_complete: string;
}

const post = (path: string, form: Record<string, string>): Promise<Response> =>
  fetch(`${gate.origin}${path}`, { method: 'POST', body: new URLSearchParams(form) });

async function askForCodes(of = clientId): Promise<DeviceCodes> {
  const form = { client_id: of, scope: 'mcp:tools:read mcp:tools:execute' };
  const response = await post('/device_authorization', form);
  expect(response.status).toBe(200);
  return (await response.json()) as DeviceCodes;
}

const poll = ({ device_code }: DeviceCodes, of = clientId): Promise<Response> =>
  post('/token', { grant_type: DEVICE_CODE, client_id: of, device_code });
const errorOf = async (response: Response): Promise<string> => ((await response.json()) as { error: string }).error;

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

/** A page that stands at the decision about a device, whose code the person typed in. */
async function atDecision(context: BrowserContext, typed: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${gate.origin}/device`);
  await page.getByLabel('Code').fill(typed);
  await button(page, 'Continue').click();
  await page.getByLabel('Password').or(button(page, 'Deny')).waitFor();
  if (await page.getByLabel('Password').isVisible()) await signIn(page, gate);
  await button(page, 'Deny').waitFor();
  return page;
}

describe('DV-01 a device at the gate', () => {
  it.each(['light', 'dark'] as const)(
    'DV-01 its pages are sound for a screen reader and fit a phone, in the %s scheme',
    async (colorScheme) => {
      const context = await browser.newContext({ colorScheme, viewport: { width: 320, height: 640 }, bypassCSP: true });
      const codes = await askForCodes();
      const page = await context.newPage();
      const check = async (name: string): Promise<void> => {
        expect([name, await accessibilityProblems(page)]).toEqual([name, []]);
        const width = await page.evaluate(() => document.documentElement.scrollWidth);
        expect([name, width]).toEqual([name, 320]);
      };
      await page.goto(codes.verification_uri);
      await check('code');
      await page.getByLabel('Code').fill('BBBB-BBBB');
      await button(page, 'Continue').click();
      await page.getByRole('alert').waitFor();
      await check('wrong code');
      expect(await page.getByLabel('Code').evaluate((input) => input === document.activeElement)).toBe(true);
      await page.goto(codes.verification_uri_complete);
      await check('code of a link');
      await button(page, 'Continue').click();
      await page.getByLabel('Password').waitFor();
      await check('sign-in');
      await signIn(page, gate);
      await button(page, 'Deny').waitFor();
      await check('consent');
      await button(page, 'Deny').click();
      await page.getByRole('heading', { name: 'Denied' }).waitFor();
      await check('denied');
      await context.close();
    },
  );

  it('DV-01 gets in by the keyboard alone, without scripts, and calls the MCP server', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const codes = await askForCodes();
    expect(await errorOf(await poll(codes))).toBe('authorization_pending');
    const page = await context.newPage();
    await page.goto(codes.verification_uri);
    // The focus comes by itself, with the first frame that is drawn.
    await page.locator('#user-code:focus').waitFor();
    await page.keyboard.type(codes.user_code.toLowerCase().replace('-', ' '));
    await page.keyboard.press('Enter');
    await page.locator('#username:focus').waitFor();
    expect(await page.locator('main').innerText()).toContain(codes.user_code);
    await page.keyboard.type(gate.username);
    await page.keyboard.press('Tab');
    await page.keyboard.type(gate.password);
    await page.keyboard.press('Enter');
    await button(page, 'Approve').waitFor();
    const shown = await page.locator('main').innerText();
    for (const text of ['Living room display', codes.user_code, 'mcp:tools:read', 'mcp:tools:execute']) {
      expect(shown).toContain(text);
    }
    expect(await errorOf(await poll(codes))).toBe('slow_down');
    await button(page, 'Approve').focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Approved' }).waitFor();

    const answers = await Promise.all(Array.from({ length: 20 }, () => poll(codes)));
    const winners = answers.filter(({ status }) => status === 200);
    expect(winners).toHaveLength(1);
    const losers = answers.filter((answer) => !winners.includes(answer));
    expect(new Set(await Promise.all(losers.map(errorOf)))).toEqual(new Set(['invalid_grant']));
    const tokens = (await (winners[0] as Response).json()) as TokenResponse;
    const answer = await postMcp(`${gate.origin}/mcp`, tokens.access_token, initializeRequest());
    expect(answer.status).toBe(200);
    await answer.body?.cancel();

    await page.goto(`${gate.origin}/account`);
    expect(await page.locator('main').innerText()).toContain('Living room display');
    await context.close();
  });

  it('DV-01 CB-02 the page is never framed, runs no script, and posts nowhere else', async () => {
    const page = await browser.newPage();
    const headers = (await page.goto(`${gate.origin}/device`))?.headers() ?? {};
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(headers['content-security-policy']).toContain("form-action 'self'");
    expect(headers['content-security-policy']).not.toContain('unsafe-inline');
    expect(headers['x-frame-options']).toBe('DENY');
    expect(headers['cache-control']).toBe('no-store');
    await page.close();
  });

  it('DV-01 a link with the code decides nothing, also for somebody who is signed in and allowed the same before', async () => {
    const context = await browser.newContext();
    const first = await askForCodes();
    const earlier = await atDecision(context, first.user_code);
    await earlier.getByRole('button', { name: /^(Approve|Continue)$/ }).click();
    await earlier.getByRole('heading', { name: 'Approved' }).waitFor();
    const codes = await askForCodes();
    const page = await context.newPage();
    await page.goto(codes.verification_uri_complete);
    expect(await page.getByLabel('Code').inputValue()).toBe(codes.user_code);
    expect(await errorOf(await poll(codes))).toBe('authorization_pending');
    await button(page, 'Continue').click();
    await button(page, 'Deny').waitFor();
    expect(await page.locator('main').innerText()).toContain('you have allowed all of it before');
    expect(await page.locator('main').innerText()).toContain('Compare the code with the one on your device.');
    await button(page, 'Deny').click();
    await page.getByRole('heading', { name: 'Denied' }).waitFor();
    expect(await errorOf(await poll(codes))).toBe('access_denied');
    await context.close();
  });

  it('DV-01 the device code of one client is none of another, and a client without the grant gets none', async () => {
    const other = await addDevice('Kitchen display');
    const codes = await askForCodes();
    expect(await errorOf(await poll(codes, other))).toBe('invalid_grant');
    const redirect = ['--redirect-uri', 'https://app.example.com/cb', '--public'];
    const added = await runProgram(['clients', 'add', 'App', ...redirect, '--json', '--data-dir', gate.dataDir]);
    const app = (JSON.parse(added.stdout) as { readonly clientId: string }).clientId;
    expect(await errorOf(await post('/device_authorization', { client_id: app }))).toBe('unauthorized_client');
    expect(await errorOf(await poll(codes, app))).toBe('unauthorized_client');
  });

  it('DV-01 the program signs in at the gate with --device, and calls a tool', async () => {
    const home = join(mkdtempSync(join(tmpdir(), 'portcullis-device-')), 'home');
    const env = { ...process.env, NO_COLOR: '1', PORTCULLIS_HOME: home, PORTCULLIS_STORE_KEY: 'ab'.repeat(32) };
    const url = `${gate.origin}/mcp`;
    const login = start(process.execPath, [PROGRAM, 'login', url, '--device', '--client-id', clientId], {
      cwd: ROOT,
      env,
    });
    const code = await until('the code to be shown', async () => /\b[A-Z]{4}-[A-Z]{4}\b/.exec(login.stderr())?.[0]);
    await until('the address', () => login.stderr().includes(`${gate.origin}/device`) || undefined);
    const context = await browser.newContext();
    const page = await atDecision(context, code);
    await page.getByRole('button', { name: /^(Approve|Continue)$/ }).click();
    await page.getByRole('heading', { name: 'Approved' }).waitFor();
    expect(await login.exited).toBe(0);
    expect(login.stdout()).toMatch(/^Signed in\./);
    const tools = await runProgram(['tools', url, '--client-id', clientId, '--no-sign-in'], {
      env: env as Record<string, string>,
    });
    expect(tools).toMatchObject({ code: 0, stdout: expect.stringContaining('echo') });
    await context.close();
  });

  it('DV-01 whoever tries codes is soon told that these were too many, and so is the right one then', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${gate.origin}/device`);
    const heading = page.getByRole('heading', { level: 1 });
    let tries = 0;
    // The tenth of a window is the last, and a window may end in between.
    while ((await heading.innerText()) === 'Connect a device' && tries < 21) {
      tries += 1;
      await page.getByLabel('Code').fill('BBBB-BBBB');
      await button(page, 'Continue').click();
      await heading.waitFor();
    }
    expect(await heading.innerText()).toBe('Too many wrong codes');
    await page.goto((await askForCodes()).verification_uri_complete);
    await button(page, 'Continue').click();
    await page.getByRole('heading', { name: 'Too many wrong codes' }).waitFor();
    await context.close();
  });
});
