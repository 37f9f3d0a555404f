import { describe, expect, it } from 'vitest';
import { issuerMetadataLocations } from './metadata-locations.js';

const urlsOf = (issuer: string) => issuerMetadataLocations(new URL(issuer)).map(({ url }) => url);

describe('where metadata may stand', () => {
  it('is by insertion, then appended, for an issuer with a path', () => {
    expect(issuerMetadataLocations(new URL('https://a.example/tenant/1'))).toEqual([
      {
        form: 'oauth_inserted',
        url: 'https://a.example/.well-known/oauth-authorization-server/tenant/1',
        isTriedByClients: true,
      },
      {
        form: 'openid_inserted',
        url: 'https://a.example/.well-known/openid-configuration/tenant/1',
        isTriedByClients: true,
      },
      {
        form: 'openid_appended',
        url: 'https://a.example/tenant/1/.well-known/openid-configuration',
        isTriedByClients: true,
      },
      {
        form: 'oauth_appended',
        url: 'https://a.example/tenant/1/.well-known/oauth-authorization-server',
        isTriedByClients: false,
      },
    ]);
  });

  it('is one of two for an issuer without, with a slash at its end or not', () => {
    const both = [
      'https://a.example/.well-known/oauth-authorization-server',
      'https://a.example/.well-known/openid-configuration',
    ];
    expect(urlsOf('https://a.example')).toEqual(both);
    expect(urlsOf('https://a.example/')).toEqual(both);
  });

  it('leaves a slash at the end of a path out (RFC 8414 §3.1)', () => {
    expect(urlsOf('https://a.example/application/o/files/')[2]).toBe(
      'https://a.example/application/o/files/.well-known/openid-configuration',
    );
  });
});
