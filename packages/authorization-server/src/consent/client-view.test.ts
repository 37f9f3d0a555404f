import type { Client } from '@portcullis/ports';
import { displayText, parseRedirectUri, type RedirectUri } from '@portcullis/protocol';
import { expect, it } from 'vitest';
import { buildClientView } from './client-view.js';

const client: Client = {
  tenantId: 'default',
  clientId: 'c1',
  source: 'dynamic',
  clientName: '"><script>\u202E',
  redirectUris: ['http://127.0.0.1/cb', 'http://localhost:33418/cb'],
  tokenEndpointAuthMethod: 'none',
  clientSecretHash: undefined,
  jwks: undefined,
  jwksUri: undefined,
  grantTypes: ['authorization_code'],
  scopes: undefined,
  applicationType: 'native',
  clientUri: undefined,
  createdAtEpochSeconds: 0,
  document: undefined,
};

function redirect(uri: string): RedirectUri {
  const parsed = parseRedirectUri(uri, ['cursor']);
  if (!parsed.ok) throw new Error(`${uri} is no redirect URI`);
  return parsed.value;
}

it('CB-04 shows a clean name, the registered host, and that nobody vouched', () => {
  expect(buildClientView(client, 'http://127.0.0.1:51234/cb', redirect('http://127.0.0.1/cb'))).toEqual({
    name: '"><script>',
    fullName: displayText(client.clientName, 1000),
    clientId: 'c1',
    redirectUri: 'http://127.0.0.1:51234/cb',
    goesTo: { kind: 'loopback', host: '127.0.0.1' },
    selfRegistered: true,
  });
});

it('CB-04 gives a client without a visible name words of our own', () => {
  const nameless = { ...client, clientName: '\u200B' };
  expect(buildClientView(nameless, 'http://127.0.0.1/cb', redirect('http://127.0.0.1/cb')).name).toBe(
    'An application without a name',
  );
});

it.each([
  ['https://app.test:8443/cb', { kind: 'https', host: 'app.test:8443' }],
  ['http://localhost:33418/cb', { kind: 'loopback', host: 'localhost:33418' }],
  ['cursor:/cb', { kind: 'private-use', scheme: 'cursor' }],
  ['cursor://accounts.google.com/cb', { kind: 'private-use', scheme: 'cursor' }],
])('CB-04 says of %s where it goes, whatever else is registered', (uri, goesTo) => {
  const mixed = { ...client, redirectUris: [uri, 'https://app.test/cb', 'http://127.0.0.1/cb', 'cursor:/cb'] };
  expect(buildClientView(mixed, uri, redirect(uri)).goesTo).toEqual(goesTo);
});
