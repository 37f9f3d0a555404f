import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { signIn, startBrowser } from '../support/browser.js';
import { type Gate, startGate } from '../support/gate.js';
import { registerClient } from '../support/oauth.js';
import { ROOT, SERVER_EVERYTHING } from '../support/paths.js';

// Makes the pictures of the documentation: `npm run screenshots`.

let gate: Gate;
let browser: Browser;

beforeAll(async () => {
  gate = await startGate({
    config: `
upstreams:
  - displayName: Team files
    command: node
    args: [${JSON.stringify(SERVER_EVERYTHING)}, stdio]
`,
  });
  browser = await startBrowser();
});

afterAll(async () => {
  await browser?.close();
  await gate?.stop();
});

it.each(['light', 'dark'] as const)('the consent page, %s', async (colorScheme) => {
  const context = await browser.newContext({
    colorScheme,
    deviceScaleFactor: 2,
    viewport: { width: 900, height: 760 },
  });
  const client = await registerClient(gate.origin, 'https://app.example.com/oauth/callback', {
    clientName: 'Example Assistant',
  });
  const page = await context.newPage();
  await page.goto(client.authorizationUrl.href);
  await signIn(page, gate);
  await page.getByRole('button', { name: 'Approve', exact: true }).waitFor();
  const suffix = colorScheme === 'dark' ? '-dark' : '';
  await page.screenshot({ path: join(ROOT, `docs/images/consent${suffix}.png`), fullPage: true });
  expect(await page.title()).not.toBe('');
  await context.close();
});
