import { type LoopbackCallback, openLoopbackCallback } from '@portcullis/client/node';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { accessibilityProblems } from '../support/accessibility.js';
import { startBrowser } from '../support/browser.js';

let browser: Browser;
let callback: LoopbackCallback;

beforeAll(async () => {
  browser = await startBrowser();
});

afterEach(() => callback?.close());

afterAll(() => browser?.close());

const HOSTILE = '<script>window.ran = true</script><img src=x onerror="window.ran = true">';

/** What came back from a browser, with whatever a hostile server puts into it. */
function address(outcome: 'accepted' | 'refused' | 'ignored'): string {
  const parameters = { code: 'the-code', state: outcome, error_description: HOSTILE, [HOSTILE]: HOSTILE };
  return `${callback.redirectUri}?${new URLSearchParams(parameters)}#${encodeURIComponent(HOSTILE)}`;
}

/** A callback that answers with the page that `state` names. */
async function openCallback(): Promise<void> {
  const options = { ports: [0], host: '127.0.0.1', path: '/callback', timeoutMilliseconds: 60_000 } as const;
  callback = await openLoopbackCallback(options);
  void callback.wait(async (parameters) => parameters.get('state') as 'accepted' | 'refused' | 'ignored');
}

const PAGES = [
  ['accepted', 'You can close this page'],
  ['refused', 'The sign-in has failed'],
  ['ignored', 'Nobody waits for this answer'],
] as const;

describe('the page that the browser comes back to', () => {
  it.each(['light', 'dark'] as const)('CX-03 is sound at every width, in the %s scheme', async (colorScheme) => {
    // The check for screen readers is a script, which the page itself would not let in.
    const context = await browser.newContext({ colorScheme, bypassCSP: true });
    const page = await context.newPage();
    for (const [outcome, title] of PAGES) {
      await openCallback();
      await page.goto(address(outcome));
      for (const width of [320, 390, 1280]) {
        await page.setViewportSize({ width, height: 780 });
        if (width > 320) expect([title, width, await accessibilityProblems(page)]).toEqual([title, width, []]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
      }
      expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe(title);
      // Nothing is asked, so there is nothing that a mouse would be needed for.
      expect(await page.locator('a, button, input, select, textarea, summary, [tabindex]').count()).toBe(0);
      await callback.close();
    }
    await context.close();
  });

  it('CX-03 runs nothing that came with the response, and leaves the code in no history', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => void complaints.push(message.text()));
    for (const [outcome, title] of PAGES) {
      await openCallback();
      await page.goto('about:blank');
      await page.goto(address(outcome));
      const found = await page.evaluate(() => ({
        address: location.href,
        ran: 'ran' in globalThis,
        text: document.documentElement.outerHTML,
        font: getComputedStyle(document.body).backgroundColor,
      }));
      expect([title, found.address, found.ran]).toEqual([title, callback.redirectUri, false]);
      expect(found.text).toContain(title);
      expect(found.text).not.toMatch(/the-code|window\.ran|onerror/);
      // The page's own style was let in.
      expect(found.font).toBe('rgb(233, 235, 230)');
      await page.goto('about:blank');
      await page.goBack();
      expect(page.url()).toBe(callback.redirectUri);
      await callback.close();
    }
    expect(complaints.filter((text) => /content security policy/i.test(text))).toEqual([]);
    await context.close();
  });

  it('CX-03 lets no script in but its own', async () => {
    const context = await browser.newContext({ colorScheme: 'light' });
    const page = await context.newPage();
    await openCallback();
    await page.goto(address('accepted'));
    const complaint = page.waitForEvent('console', (message) => /content security policy/i.test(message.text()));
    await page.evaluate(() => {
      const script = document.createElement('script');
      script.textContent = 'window.ran = true';
      document.body.append(script);
    });
    await complaint;
    expect(await page.evaluate(() => 'ran' in globalThis)).toBe(false);
    await context.close();
  });
});
