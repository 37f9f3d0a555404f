import type { Client } from '@portcullis/ports';
import { displayText } from '@portcullis/protocol';
import { expect, it } from 'vitest';
import { buildClientView } from './client-view.js';

const settings = { redirectSchemes: ['cursor'] };
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

it('CB-04 shows a clean name, the registered host, and that nobody vouched', () => {
  expect(buildClientView(client, 'http://127.0.0.1:51234/cb', settings)).toEqual({
    name: '"><script>',
    fullName: displayText(client.clientName, 1000),
    clientId: 'c1',
    redirectUri: 'http://127.0.0.1:51234/cb',
    redirectHost: '127.0.0.1',
    redirectScheme: undefined,
    loopbackOnly: true,
    selfRegistered: true,
  });
});

it('CB-04 gives a client without a visible name words of our own', () => {
  expect(buildClientView({ ...client, clientName: '\u200B' }, 'http://127.0.0.1/cb', settings).name).toBe(
    'An application without a name',
  );
});

it('does not warn of loopback when one redirect leads elsewhere', () => {
  const mixed = { ...client, redirectUris: [...client.redirectUris, 'https://app.test:8443/cb'] };
  expect(buildClientView(mixed, 'https://app.test:8443/cb', settings)).toMatchObject({
    redirectHost: 'app.test:8443',
    loopbackOnly: false,
  });
});

it('names a private-use scheme', () => {
  const native = { ...client, redirectUris: ['cursor:/cb'] };
  expect(buildClientView(native, 'cursor:/cb', settings)).toMatchObject({ redirectHost: '', redirectScheme: 'cursor' });
});
