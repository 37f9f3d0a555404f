import { describe, expect, it } from 'vitest';
import { renderHomePage } from './home-page.js';
import { renderMcpEndpointPage } from './mcp-endpoint-page.js';
import { createPages } from './pages.js';
import { renderStatusPage } from './status-page.js';
import { STYLESHEET_PATH, stylesheet } from './stylesheet.js';
import { findUnbalancedTag } from './testing/balanced-tags.js';
import * as samples from './testing/samples.js';

const pages = createPages({ stylesheetPath: STYLESHEET_PATH });

/** CB-04, each as the text that a page must not pass on as it is. */
const HOSTILE_TEXTS = [
  '<img src=x onerror=alert(1)>',
  '"><script>alert(1)</script>',
  `' autofocus onfocus='alert(1)`,
  '</title></head><body onload=alert(1)>',
  'Goog\u202Ele\u2066',
  'G\u200Bo\u200Cogle\uFEFF',
  '<b>'.repeat(100),
];

/** Every page, with one text in every place that a request, a client or an operator can fill with text. */
function everyPage(text: string | undefined): Record<string, string> {
  const at = (sample: string) => text ?? sample;
  const client = {
    ...samples.loopbackClient,
    name: at(samples.loopbackClient.name),
    clientId: at(samples.loopbackClient.clientId),
    goesTo: { kind: 'loopback', host: at('127.0.0.1:53682') } as const,
  };
  const form = {
    action: '/interaction',
    transaction: at('sample-transaction'),
    csrfToken: at('sample-csrf-token'),
  };
  const resourceName = at('Everything server');
  const scopes = samples.consent.scopes.map(({ name, description }) => ({
    name: at(name),
    description: at(description),
  }));
  const consent = {
    ...samples.consent,
    form,
    client,
    resourceName,
    resource: at(samples.consent.resource),
    username: at('alice'),
    scopes,
    switchUserForm: form,
  };
  const accountForm = { ...form, transaction: undefined };
  return {
    signIn: pages.signIn({
      form,
      purpose: { kind: 'authorization', client, resourceName },
      again: true,
      anotherUser: true,
      problem: at('Not this one.'),
      username: at('alice'),
    }),
    signInForAccount: pages.signIn({ ...samples.signIn, form: accountForm, purpose: { kind: 'account' } }),
    consent: pages.consent(consent),
    stepUp: pages.consent({ ...consent, allowedScopes: scopes, descriptionChanged: true }),
    changedClient: pages.consent({
      ...consent,
      descriptionChanged: true,
      descriptionChanges: [
        { member: 'name', was: at('Weather Desk'), is: `${at('Weather')} Desk Pro` },
        { member: 'redirects', gone: [at('https://a.example/cb')], added: [at('https://b.example/cb'), at('cursor:')] },
        { member: 'website', was: at('https://a.example/'), is: undefined },
        { member: 'authentication', was: 'private_key_jwt', is: 'none' },
        { member: 'keys' },
      ],
    }),
    nothingNew: pages.consent({ ...consent, scopes: [], allowedScopes: scopes }),
    consentByScheme: pages.consent({
      ...samples.consent,
      client: { ...samples.schemeClient, goesTo: { kind: 'private-use', scheme: at('cursor') } },
    }),
    consentOfDevice: pages.consent({
      ...samples.consent,
      client: { ...samples.deviceClient, name: at('Display'), goesTo: { kind: 'device', userCode: at('WDJB-MJHT') } },
    }),
    signInForDevice: pages.signIn({
      ...samples.signIn,
      purpose: {
        kind: 'authorization',
        client: { ...samples.deviceClient, goesTo: { kind: 'device', userCode: at('WDJB-MJHT') } },
        resourceName,
      },
    }),
    device: pages.device({ form: accountForm, userCode: at('WDJB-MJHT'), problem: undefined }),
    wrongCode: pages.device({ form: accountForm, userCode: at('WDJB-MJHT'), problem: at('Not this one.') }),
    deviceApproved: pages.deviceDone({ ...samples.deviceDone, clientName: at('Display') }),
    deviceDenied: pages.deviceDone({ ...samples.deviceDone, clientName: at('Display'), outcome: 'denied' }),
    approved: pages.leaving({ ...samples.leaving, clientName: at('Cursor') }),
    denied: pages.leaving({ ...samples.leaving, clientName: at('Cursor'), outcome: 'denied' }),
    stranded: pages.leaving({ ...samples.leaving, clientName: at('Cursor'), location: 'javascript:alert(1)' }),
    untrustedRedirect: pages.untrustedRedirect({
      ...samples.untrustedRedirect,
      clientName: at('Weather Desk'),
      goesTo: { kind: 'https', host: at('app.weather.example') },
      summary: at('Refused.'),
    }),
    error: pages.error({
      ...samples.error,
      title: at('Expired'),
      summary: at('Start again.'),
      code: at('invalid_request'),
      correlationId: at('01JD'),
      retryPath: '/interaction?transaction=a',
      signInPath: '/account',
    }),
    signedOut: pages.signedOut(samples.signedOut),
    sessionEnded: pages.signedOut({
      reason: 'session_ended',
      continuePath: '/interaction?transaction=a',
      goesOn: true,
    }),
    disabledUser: pages.disabledUser({ username: at('alice'), another: { form } }),
    disabledUserAtSignIn: pages.disabledUser({ username: at('alice'), another: { path: '/account' } }),
    account: pages.account({
      ...samples.account,
      username: at('alice'),
      disconnectForm: accountForm,
      signOutForm: accountForm,
      notice: 'disconnected',
      clients: samples.account.clients.map((one) => ({
        ...one,
        clientId: at(one.clientId),
        name: at(one.name),
        resources: one.resources.map((resource) => ({
          ...resource,
          resourceName: at(resource.resourceName),
          resource: at(resource.resource),
          scopes,
        })),
      })),
    }),
    emptyAccount: pages.account({ ...samples.account, clients: [], notice: 'nothing_to_disconnect' }),
    mcpEndpoint: renderMcpEndpointPage({
      ...samples.mcpEndpoint,
      mcpUrl: at(samples.mcpEndpoint.mcpUrl),
      displayName: at('Everything server'),
      description: at('Tools.'),
      signInHint: at('Ask somebody.'),
      snippets: [{ client: at('Cursor'), language: 'text', how: at('Paste this.'), code: at('code') }],
    }),
    home: renderHomePage({
      resources: [{ displayName: at('Files'), mcpUrl: at('http://127.0.0.1:8808/files/mcp') }],
      accountPath: '/account',
    }),
    notFound: renderStatusPage({ status: 404, title: at('Nothing here'), summary: at('No page.') }),
  };
}

const ordinary = Object.entries(everyPage(undefined));

describe('every page', () => {
  it.each(ordinary)('%s is one whole document: language, title, one h1, one main, balanced tags', (_name, page) => {
    expect(page.startsWith('<!doctype html>\n<html lang="en">')).toBe(true);
    expect(page.match(/<title>[^<]+ · Portcullis<\/title>/g)).toHaveLength(1);
    expect(page.match(/<h1>/g)).toHaveLength(1);
    expect(page.match(/<main/g)).toHaveLength(1);
    expect(findUnbalancedTag(page)).toBeUndefined();
  });

  it.each(ordinary)('%s needs no script and no inline style, and loads only the stylesheet', (_name, page) => {
    expect(page).not.toMatch(/<script|<style|\sstyle=|\son[a-z]+=|javascript:|<base|<iframe|\ssrc=/i);
    expect(page.match(/<link[^>]*>/g)).toEqual([`<link rel="stylesheet" href="${STYLESHEET_PATH}">`]);
  });

  it.each(ordinary)('%s gives every id once, and every reference to one leads somewhere', (_name, page) => {
    const ids = Array.from(page.matchAll(/\sid="([^"]*)"/g), (match) => match[1]);
    expect(new Set(ids).size).toBe(ids.length);
    for (const match of page.matchAll(/\s(?:for|aria-describedby)="([^"]*)"/g)) {
      for (const id of match[1]?.split(' ') ?? []) expect(ids).toContain(id);
    }
  });

  it.each(HOSTILE_TEXTS)('CB-04 shows %j as text, wherever it comes in', (text) => {
    for (const [name, page] of Object.entries(everyPage(text))) {
      expect(findUnbalancedTag(page), name).toBeUndefined();
      expect(page, name).not.toMatch(/<script|<img|<b>|<body onload/i);
    }
  });

  it('CB-04 leaves no bidi or zero-width character in the text of a page', () => {
    const invisible = /[\u200B-\u200F\u202A-\u202E\u2060\u2066-\u2069\u061C\uFEFF]/;
    for (const [name, page] of Object.entries(everyPage('G\u202Eo\u200Bo\u2066g\uFEFFle\u061C'))) {
      if (name === 'mcpEndpoint' || name === 'home') continue; // Their addresses and code are the operator's, verbatim.
      const text = page.replace(/<[^>]*>/g, '');
      expect(text, name).not.toMatch(invisible);
    }
  });

  it.each(ordinary.filter(([name]) => name !== 'mcpEndpoint' && name !== 'home'))(
    '%s speaks of no gate: whoever embeds the server has none',
    (_name, page) => {
      expect(page.replace(/<[^>]*>/g, '')).not.toMatch(/\bgate\b/i);
    },
  );

  it('takes the name of the product and the path of the stylesheet', () => {
    const page = createPages({ productName: 'Gate <1>', stylesheetPath: '/a.css' }).signIn(samples.signIn);
    expect(page).toContain('<title>Sign in · Gate &lt;1&gt;</title>');
    expect(page).toContain('<link rel="stylesheet" href="/a.css">');
  });
});

describe('the stylesheet', () => {
  it('loads nothing and knows both schemes, reduced motion and forced colors', () => {
    expect(stylesheet).not.toMatch(/url\(|@import|https?:/);
    expect(stylesheet).toContain('prefers-color-scheme: dark');
    expect(stylesheet).toContain('prefers-reduced-motion');
    expect(stylesheet).toContain('forced-colors: active');
  });
});

it('are made without options, with the stylesheet at its usual path, and refuse an option that there is not', () => {
  expect(createPages().signIn(samples.signIn)).toContain(`<link rel="stylesheet" href="${STYLESHEET_PATH}">`);
  expect(() => createPages({ productname: 'Notes' } as never)).toThrow(
    new TypeError('createPages: there is no option productname; there are productName, pendingCommand, stylesheetPath'),
  );
});
