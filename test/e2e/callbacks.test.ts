import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signIn, startBrowser } from '../support/browser.js';
import { listenForCallback } from '../support/callback.js';
import { selfSignedCertificate } from '../support/certificate.js';
import { type Gate, RELAXED_LIMITS, startGate } from '../support/gate.js';
import { type ManualClient, registerClient, type TokenResponse } from '../support/oauth.js';
import { SERVER_EVERYTHING } from '../support/paths.js';

let gate: Gate;
let browser: Browser;

beforeAll(async () => {
  gate = await startGate({
    config: `
upstreams:
  - command: node
    args: [${JSON.stringify(SERVER_EVERYTHING)}, stdio]
allowedRedirectSchemes: [com.example.notes]
${RELAXED_LIMITS}`,
  });
  browser = await startBrowser();
});

afterAll(async () => {
  await browser?.close();
  await gate?.stop();
});

/**
 * Signs in and approves; answers the address whose page the browser ended at. It waits for that page: Chromium may
 * never answer a request to close one that is still on its way.
 */
async function approve(client: ManualClient, wait: (url: string) => boolean): Promise<URL> {
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  const page = await context.newPage();
  await page.goto(client.authorizationUrl.href);
  await signIn(page, gate);
  await page.getByRole('button', { name: 'Approve', exact: true }).click();
  await page.waitForURL((url) => wait(url.href), { waitUntil: 'load' });
  const arrived = new URL(page.url());
  await context.close();
  return arrived;
}

async function expectTokens(client: ManualClient, url: URL): Promise<void> {
  expect(url.searchParams.get('state')).toBe(client.state);
  expect(url.searchParams.get('iss')).toBe(gate.origin);
  const response = await client.redeem(url.searchParams.get('code') ?? '');
  expect(response.status).toBe(200);
  expect(((await response.json()) as TokenResponse).token_type).toBe('Bearer');
}

describe('the approved browser reaches every kind of callback, in Chromium', () => {
  it.each(['127.0.0.1', '::1'] as const)('a loopback listener on %s', async (host) => {
    const callback = await listenForCallback(host);
    const client = await registerClient(gate.origin, callback.redirectUri);
    const [url, query] = await Promise.all([
      approve(client, (candidate) => candidate.startsWith(callback.redirectUri)),
      callback.next(),
    ]);
    expect(query.get('code')).toBe(url.searchParams.get('code'));
    await expectTokens(client, url);
    await callback.close();
  });

  it('a loopback listener on another port than the registered one (RFC 8252 §7.3)', async () => {
    const callback = await listenForCallback();
    const registered = callback.redirectUri.replace(/:\d+/, '');
    const client = await registerClient(gate.origin, callback.redirectUri, { redirectUris: [registered] });
    await expectTokens(client, await approve(client, (candidate) => candidate.startsWith(callback.redirectUri)));
    await callback.close();
  });

  it('an https callback', async () => {
    const { key, cert } = await selfSignedCertificate();
    const server = createHttpsServer({ key, cert }, (_request, response) => response.end('connected'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const redirectUri = `https://127.0.0.1:${(server.address() as AddressInfo).port}/cb`;
    const client = await registerClient(gate.origin, redirectUri);
    await expectTokens(client, await approve(client, (candidate) => candidate.startsWith(redirectUri)));
    server.close();
    server.closeAllConnections();
  });

  it('a callback that redirects on to another origin', async () => {
    const last = await listenForCallback('127.0.0.1', '/last');
    const first = createHttpServer((request, response) => {
      response.writeHead(302, { location: `${last.redirectUri}${request.url?.slice(request.url.indexOf('?'))}` }).end();
    });
    await new Promise<void>((resolve) => first.listen(0, '127.0.0.1', resolve));
    const redirectUri = `http://127.0.0.1:${(first.address() as AddressInfo).port}/first`;
    const client = await registerClient(gate.origin, redirectUri);
    const [, query] = await Promise.all([
      approve(client, (candidate) => candidate.startsWith(last.redirectUri)),
      last.next(),
    ]);
    expect((await client.redeem(query.get('code') ?? '')).status).toBe(200);
    await last.close();
    first.close();
    first.closeAllConnections();
  });

  it('a private-use scheme that the operator listed; the page stays and offers the way back', async () => {
    const redirectUri = 'com.example.notes:/callback';
    const client = await registerClient(gate.origin, redirectUri);
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(client.authorizationUrl.href);
    await signIn(page, gate);
    await page.getByRole('button', { name: 'Approve', exact: true }).click();
    const link = page.getByRole('link', { name: /continue/i });
    const href = new URL((await link.getAttribute('href')) ?? '');
    expect(href.protocol).toBe('com.example.notes:');
    expect(page.url().startsWith(gate.origin)).toBe(true);
    await expectTokens(client, href);
    await context.close();
  });

  it('AZ-09 refuses a private-use scheme that nobody listed', async () => {
    await expect(registerClient(gate.origin, 'com.example.other:/callback')).rejects.toThrow('invalid_redirect_uri');
  });
});
