import { describe, expect, it } from 'vitest';
import { presetOfIssuer } from './preset-of-issuer.js';
import { TRUSTED } from './testing/recorded-tokens.js';

describe('presetOfIssuer', () => {
  it.each(Object.values(TRUSTED).filter(({ rules }) => !['rfc9068', 'portcullis'].includes(rules.preset)))(
    'knows the provider of $issuer',
    ({ issuer, rules }) => {
      expect(presetOfIssuer(issuer)).toBe(rules.preset);
    },
  );

  it.each([
    ['https://login.microsoftonline.us/common/v2.0', 'entra'],
    ['https://sts.windows.net/aaaabbbb-0000-cccc-1111-dddd2222eeee/', 'entra'],
    ['https://cognito-idp.cn-north-1.amazonaws.com.cn/cn-north-1_x', 'cognito'],
    ['https://acme.okta.com', 'okta'],
    ['https://acme.oktapreview.com/oauth2/default', 'okta'],
    ['https://acme.auth0.com/', 'auth0'],
    ['https://acme.us.auth0.com', 'auth0'],
    ['http://localhost:8080/auth/realms/master', 'keycloak'],
    ['https://auth.pingone.com.au/env/as', 'ping'],
  ])('knows the provider of %s', (issuer, preset) => {
    expect(presetOfIssuer(issuer)).toBe(preset);
  });

  it.each([
    'https://as.example.net',
    'https://login.microsoftonline.com.evil.example/x/v2.0',
    'https://evil.example/login.microsoftonline.com/',
    'https://acme.auth0.com.evil.example/',
    'https://evil.example/?acme.okta.com/oauth2/default',
    'https://accounts.google.com.evil.example',
    'https://accountsxgoogle.com',
    '',
  ])('does not guess at %j', (issuer) => {
    expect(presetOfIssuer(issuer)).toBeUndefined();
  });

  it.each([
    ['keycloak', 'https://sso.acme.example/realms/x/protocol/openid-connect/token'],
    ['authentik', 'https://sso.acme.example/application/o/token/'],
    ['okta', 'https://sso.acme.example/oauth2/default/v1/token'],
    ['logto', 'https://sso.acme.example/oidc/token'],
    ['zitadel', 'https://sso.acme.example/oauth/v2/token'],
  ])('knows %s at a domain of its customer by the token endpoint', (preset, tokenEndpoint) => {
    expect(presetOfIssuer('https://sso.acme.example', { token_endpoint: tokenEndpoint })).toBe(preset);
  });

  it.each([
    {},
    { token_endpoint: 7 },
    { token_endpoint: 'https://sso.acme.example/token' },
    // Glewlwyd's
    { token_endpoint: 'https://sso.acme.example/api/oidc/token' },
  ])('makes nothing of metadata like %j', (metadata) => {
    expect(presetOfIssuer('https://sso.acme.example', metadata)).toBeUndefined();
  });
});
