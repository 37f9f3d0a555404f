import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessibilityProblems } from '../support/accessibility.js';
import { authorize, responseAt, signIn, startBrowser } from '../support/browser.js';
import { type Callback, listenForCallback } from '../support/callback.js';
import { type ClientDocumentHost, startClientDocumentHost } from '../support/client-document.js';
import { type Gate, RELAXED_LIMITS, runProgram, startGate } from '../support/gate.js';
import { manualClient, postMcp, type TokenResponse } from '../support/oauth.js';
import { until } from '../support/processes.js';
import { type RecordingUpstream, startRecordingUpstream } from '../support/recording-upstream.js';

const ALLOW_LOOPBACK = { PORTCULLIS_DANGEROUSLY_ALLOW_LOOPBACK_FETCH: '1' };
const LIST = { jsonrpc: '2.0', id: 1, method: 'tools/list' };

let browser: Browser;
let callback: Callback;
let host: ClientDocumentHost;
let upstream: RecordingUpstream;

beforeAll(async () => {
  [browser, callback, upstream] = await Promise.all([startBrowser(), listenForCallback(), startRecordingUpstream()]);
  host = await startClientDocumentHost(async (clientId) => {
    const args = ['cimd', 'init', clientId, '--name', 'Described', '--redirect-uri', callback.redirectUri];
    return (await runProgram(args)).stdout;
  });
});

afterAll(async () => {
  await browser?.close();
  await Promise.all([callback?.close(), host?.close(), upstream?.close()]);
});

const start = (documents: string, env: Record<string, string>): Promise<Gate> =>
  startGate({
    config: `
upstreams: [{url: ${JSON.stringify(upstream.url)}}]
clientIdMetadataDocuments: ${documents}
${RELAXED_LIMITS}`,
    env: { ...env, NODE_EXTRA_CA_CERTS: host.certFile },
  });

const clientOf = (gate: Gate) => manualClient(gate.origin, host.clientId, callback.redirectUri);
const statusOf = async (gate: Gate): Promise<number> =>
  (await fetch(clientOf(gate).authorizationUrl, { redirect: 'manual' })).status;

async function manage(gate: Gate, ...args: string[]): Promise<unknown> {
  const { code, stdout, stderr } = await runProgram(['clients', ...args, '--json', '--data-dir', gate.dataDir]);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return JSON.parse(stdout);
}

describe('a client that a document describes, at the real program', () => {
  it('finds its document good where it is served, and says why nobody trusts the certificate', async () => {
    const check = (env: Record<string, string>) => runProgram(['cimd', 'check', host.clientId, '--json'], { env });
    const [trusting, other] = await Promise.all([check({ NODE_EXTRA_CA_CERTS: host.certFile }), check({})]);
    expect(JSON.parse(trusting.stdout)).toMatchObject({
      isGood: true,
      errors: [],
      document: { clientName: 'Described' },
    });
    expect([trusting.code, other.code]).toEqual([0, 1]);
    expect(other.stdout).toContain('DEPTH_ZERO_SELF_SIGNED_CERT');
  });

  it('waits for the operator once a user asks, is let in, signs in, and is shut out within seconds', async () => {
    const gate = await start('{otherHosts: ask}', ALLOW_LOOPBACK);
    expect(await statusOf(gate)).toBe(403);
    expect(await manage(gate, 'pending')).toEqual([]);
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(String(clientOf(gate).authorizationUrl));
    await page.getByRole('link', { name: 'Sign in' }).click();
    await signIn(page, gate);
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
    await page.goto(String(clientOf(gate).authorizationUrl));
    await page.getByRole('heading', { name: 'This application waits for the operator' }).waitFor();
    await page.getByText(`the application of ${new URL(host.clientId).host} waits`).waitFor();
    await page.getByText('portcullis clients pending').waitFor();
    await page.close();
    expect(await manage(gate, 'pending')).toMatchObject([{ clientId: host.clientId, clientName: 'Described' }]);
    expect(await manage(gate, 'approve', host.clientId)).toMatchObject({ status: 'approved' });
    expect(await manage(gate, 'pending')).toEqual([]);

    const client = clientOf(gate);
    const query = await authorize(context, client.authorizationUrl, gate, callback.next());
    await context.close();
    const response = await client.redeem(query.get('code') ?? '');
    expect(response.status).toBe(200);
    const tokens = (await response.json()) as TokenResponse;
    expect((await postMcp(`${gate.origin}/mcp`, tokens.access_token, LIST)).status).toBe(200);
    expect(await manage(gate, 'list')).toMatchObject([
      { clientId: host.clientId, source: 'metadata_document', lastUsedAt: expect.stringMatching(/Z$/) },
    ]);

    await manage(gate, 'deny', host.clientId);
    const stopped = async () =>
      (await postMcp(`${gate.origin}/mcp`, tokens.access_token, LIST)).status === 401 ? true : undefined;
    await until('the access token of the client that was shut out to stop', stopped, 5000);
    expect((await client.refresh(tokens.refresh_token)).status).toBe(401);
    expect(await statusOf(gate)).toBe(403);
    await gate.stop();
  });

  it('CI-08 is asked about anew when its document changes, on a page that says what did', async () => {
    const gate = await start('{otherHosts: allow}', ALLOW_LOOPBACK);
    const context = await browser.newContext({ bypassCSP: true, viewport: { width: 320, height: 640 } });
    await authorize(context, clientOf(gate).authorizationUrl, gate, callback.next());
    const redirect_uris = [callback.redirectUri, 'https://login.elsewhere.test/cb', 'http://127.0.0.1/other'];
    host.change({ client_name: 'Your bank', redirect_uris });

    const page = await context.newPage();
    await page.goto(String(clientOf(gate).authorizationUrl));
    const notice = page.getByRole('list', { name: 'Before you approve' });
    await notice.getByText('The application describes itself differently since you last approved it.').waitFor();
    const told = await notice.locator('dt, dd').allInnerTexts();
    expect(told.map((text) => text.replaceAll(/\s+/g, ' '))).toEqual([
      'Its name',
      'was Described',
      'is Your bank',
      'Where it may have answers sent',
      'new https://login.elsewhere.test/cb',
      'new http://127.0.0.1/other',
    ]);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect([colorScheme, await accessibilityProblems(page)]).toEqual([colorScheme, []]);
    }
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);

    await page.getByRole('button', { name: 'Approve', exact: true }).click();
    await responseAt(page, callback);
    await page.goto(String(clientOf(gate).authorizationUrl));
    await page.getByRole('heading', { name: 'Your bank asks for access again' }).waitFor();
    expect(await page.locator('dl.changes').count()).toBe(0);
    host.change({ client_name: 'Described', redirect_uris: [callback.redirectUri] });
    await context.close();
    await gate.stop();
  });

  it.each<[string, string, Record<string, string>]>([
    ['N1 nothing on loopback is fetched without the switch', '{otherHosts: allow}', {}],
    ['a host on the list of denied ones is not asked', '{deniedHosts: ["127.0.0.1"]}', ALLOW_LOOPBACK],
    ['documents are off', 'false', ALLOW_LOOPBACK],
  ])('is refused and its host never hears of it: %s', async (_what, documents, env) => {
    const gate = await start(documents, env);
    const before = host.requests();
    expect([400, 403]).toContain(await statusOf(gate));
    expect(host.requests()).toBe(before);
    await gate.stop();
  });
});
