import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import type { Callback } from './callback.js';
import { chromiumPath } from './paths.js';

/** Starts a real headless Chromium that talks to this machine only. */
export async function startBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath(),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** What a person does with the pages. */
export interface Person {
  readonly username: string;
  readonly password: string;
  /** @defaultValue approve */
  readonly decision?: 'approve' | 'deny';
}

/** Signs in where the page asks for it. */
export async function signIn(page: Page, person: Pick<Person, 'username' | 'password'>): Promise<void> {
  await page.getByLabel('Username').fill(person.username);
  await page.getByLabel('Password').fill(person.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/**
 * The authorization response that a page was sent away with, once its client's own page is there. Chromium may never
 * answer a request to close a page that is still on its way, so a test that closes what it opened waits for this.
 */
export async function responseAt(page: Page, callback: Callback): Promise<URLSearchParams> {
  const query = await callback.next();
  await page.waitForURL((url) => url.href.startsWith(callback.redirectUri), { waitUntil: 'load' });
  return query;
}

/** Opens an authorization URL as a person would: signs in, decides, and waits until `arrived` resolves. */
export async function authorize<T>(
  context: BrowserContext,
  authorizationUrl: string | URL,
  person: Person,
  arrived: Promise<T>,
): Promise<T> {
  const page = await context.newPage();
  await page.goto(String(authorizationUrl));
  if (await page.getByLabel('Password').isVisible()) await signIn(page, person);
  const gate = new URL(page.url()).origin;
  // "Continue" is what the page says when nothing is new.
  const yes = /^(Approve|Continue)$/;
  await page.getByRole('button', { name: person.decision === 'deny' ? 'Deny' : yes, exact: true }).click();
  const result = await arrived;
  // As in `responseAt`: a page that is on its way may never close.
  await page.waitForURL((url) => url.origin !== gate, { waitUntil: 'load' });
  await page.close();
  return result;
}
