import * as toolkit from '@portcullis/resource-server';
import { PRESETS, type PresetName, type TrustedIssuer } from '@portcullis/resource-server';
import { describe, expect, it } from 'vitest';
import { alternativeFor, configurationFor, stepsFor } from './configuration.js';
import type { Examination } from './examine.js';
import type { Mode } from './verdict.js';

const ISSUERS: Readonly<Partial<Record<PresetName, string>>> = {
  authentik: 'https://auth.example.com/application/o/files/',
  cognito: 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI',
  entra: 'https://login.microsoftonline.com/72f988bf-86f1-41af-91ab-2d7cd011db47/v2.0',
  rfc9068: "https://login.example.com/o'brien",
};
const GUID = '0b5e6b9a-6a77-4d6c-9c07-8f5ab2c9a001';

/** An examination that came to `mode`. */
function examined(preset: PresetName | undefined, mode: Mode, differing: Partial<Examination> = {}): Examination {
  const issuer = ISSUERS[preset ?? 'rfc9068'] ?? 'https://login.example.com';
  return {
    asked: issuer,
    issuer,
    resource: 'https://files.example.com/mcp',
    preset,
    presetChoice: preset === undefined ? 'none' : 'issuer',
    answers: [],
    jwksUri: undefined,
    areKeysElsewhere: false,
    introspectionEndpoint: undefined,
    findings: [],
    token: undefined,
    verdict: { mode, reasons: [], isTokenGood: undefined },
    ...differing,
  };
}

const sample = (differing: Partial<NonNullable<Examination['token']>>): Pick<Examination, 'token'> => ({
  token: { format: 'jwt', headerNames: [], claimNames: [], audiences: [], clientId: undefined, ...differing },
});

/** What the printed code hands to `protectResource`, by running it. */
function runCode(code: string): { readonly resource: string; readonly authorizationServers: readonly TrustedIssuer[] } {
  const body = code.replace(/^import .*;$/m, '').replace('export const resource =', 'return');
  const known = {
    ...toolkit,
    protectResource: (options: unknown) => options,
    process: { env: { RESOURCE_SERVER_SECRET: 'secret' } },
  };
  return new Function(...Object.keys(known), body)(...Object.values(known));
}

describe('configuration to paste', () => {
  it('runs, where keys lie elsewhere, whatever their address is called', () => {
    const jwksUri = `https://keys.example.com/'});evil();({a:'\\`;
    const configuration = configurationFor(examined(undefined, 'direct', { areKeysElsewhere: true, jwksUri }));
    const { resource, authorizationServers } = runCode(configuration?.code ?? '');
    expect(resource).toBe('https://files.example.com/mcp');
    expect(authorizationServers).toMatchObject([
      { issuer: ISSUERS.rfc9068, verification: { method: 'signature', jwksUri } },
    ]);
    expect(configuration?.remarks).toEqual([expect.stringContaining('check that the jwksUri below')]);
  });

  it('runs, where tokens are opaque', () => {
    const opaque = { introspectionEndpoint: 'https://login.example.com/introspect', ...sample({ format: 'opaque' }) };
    const { code = '', remarks } = configurationFor(examined(undefined, 'direct', opaque)) ?? {};
    expect(runCode(code).authorizationServers).toMatchObject([
      { verification: { method: 'introspection', clientId: 'RESOURCE_SERVER_ID', clientSecret: 'secret' } },
    ]);
    expect(remarks).toEqual([expect.stringContaining('CAPITALS')]);
    expect(code).toMatch(/\n\/\/ app\.use\(expressGuard\(resource\)\), or another adapter/);
    const steps = stepsFor(examined(undefined, 'direct', opaque)).join();
    for (const word of ['RESOURCE_SERVER_ID', 'RESOURCE_SERVER_SECRET']) expect(steps).toContain(word);
    expect(steps).not.toContain('at+jwt');
  });

  it.each(['keycloak', 'okta', 'auth0', 'ping', 'workos', 'logto', 'authentik'] as const)(
    'of %s runs, where keys lie elsewhere',
    (preset) => {
      const issuer = {
        keycloak: 'https://sso.example.com/realms/acme',
        okta: 'https://acme.okta.com/oauth2/aus9k3x7pQ2LmN4t5d7',
        auth0: 'https://acme.eu.auth0.com/',
        ping: 'https://auth.pingone.eu/bbbbcccc-1111-2222-3333-ddddeeeeffff/as',
        workos: 'https://imaginative-palm-54.authkit.app',
        logto: 'https://acme.logto.app/oidc',
        authentik: 'https://id.example.com/application/o/files/',
      }[preset];
      const jwksUri = 'https://keys.example.com/jwks';
      const elsewhere = examined(preset, 'direct', { issuer, areKeysElsewhere: true, jwksUri });
      const { code = '', remarks } = configurationFor(elsewhere) ?? {};
      expect(runCode(code).authorizationServers).toMatchObject([
        { issuer, rules: { preset }, verification: { method: 'signature', jwksUri } },
      ]);
      expect(remarks).toContainEqual(expect.stringContaining('check that the jwksUri below'));
    },
  );

  it('runs, where tokens are opaque and asked about at another origin', () => {
    const introspectionEndpoint = `https://asked.example.com/'});evil();({a:'\\`;
    const opaque = { introspectionEndpoint, ...sample({ format: 'opaque' }) };
    const { code = '', remarks } = configurationFor(examined(undefined, 'direct', opaque)) ?? {};
    expect(runCode(code).authorizationServers).toMatchObject([
      { verification: { method: 'introspection', introspectionEndpoint, clientSecret: 'secret' } },
    ]);
    expect(remarks).toContainEqual(expect.stringContaining('introspection endpoint lies at another origin'));
    const zitadel = alternativeFor(examined('zitadel', 'bridge', { introspectionEndpoint }));
    expect(zitadel?.code).toContain("method: 'introspection', introspectionEndpoint: 'https://asked.example.com/");
  });

  it('has for a gate of ours the command that registers the server', () => {
    const { code = '' } = configurationFor(examined('portcullis', 'direct')) ?? {};
    expect(runCode(code).authorizationServers).toMatchObject([{ rules: { preset: 'portcullis' } }]);
    expect(stepsFor(examined('portcullis', 'direct'))).toEqual([
      expect.stringContaining('npx portcullis resources add https://files.example.com/mcp --scope '),
    ]);
    expect(stepsFor(examined('portcullis', 'direct', { resource: undefined })).join()).toContain(' resources add URL ');
  });

  it.each<[PresetName, Partial<NonNullable<Examination['token']>>, string]>([
    ['entra', { audiences: [GUID] }, `api: '${GUID}'`],
    ['authentik', { audiences: ['kEr3Cl1ent'] }, "clientId: 'kEr3Cl1ent'"],
    ['cognito', { clientId: '1h57kf5cpq17m0eml12EXAMPLE' }, "clients: ['1h57kf5cpq17m0eml12EXAMPLE']"],
  ])('has from a sample token of %s what the issuer does not tell', (preset, token, words) => {
    const { code = '' } = configurationFor(examined(preset, 'direct', sample(token))) ?? {};
    expect(code).toContain(words);
    expect(() => runCode(code)).not.toThrow();
  });

  it('takes nothing from a sample token that would be more than a word', () => {
    const evil = `x'] }), evil({ a: ['`;
    for (const preset of ['entra', 'authentik', 'cognito'] as const) {
      const token = sample({ audiences: [evil], clientId: evil });
      const { code } = configurationFor(examined(preset, 'direct', token)) ?? {};
      expect(code).not.toContain('evil');
    }
  });

  it('of a bridge is a gate of this version, and says what it does not do', () => {
    const { code, remarks } = configurationFor(examined('google', 'bridge')) ?? {};
    expect(code).toContain('gateway --upstream http://127.0.0.1:3001/mcp --public-url https://files.example.com');
    expect(remarks?.join(' ')).toContain('Sign-in through this provider is not in it yet');
    const named = configurationFor(examined('google', 'bridge', { resource: 'https://gate.example.com/files/mcp' }));
    expect(named?.code).toContain('--name files --public-url https://gate.example.com\n');
  });

  it('of the other way is there where a preset goes directly on a condition', () => {
    for (const [name, { direct }] of Object.entries(PRESETS)) {
      const alternative = alternativeFor(examined(name as PresetName, 'bridge'));
      expect([name, alternative === undefined]).toEqual([name, direct.possible !== 'if']);
      expect(alternative?.remarks[0] ?? direct.condition).toBe(direct.condition);
    }
    expect(alternativeFor(examined('entra', 'direct'))).toBeUndefined();
  });

  it.each(['neither', 'unknown'] as const)('is not there for %s, nor are steps', (mode) => {
    expect(configurationFor(examined('okta', mode))).toBeUndefined();
    expect(stepsFor(examined('okta', mode))).toEqual([]);
  });
});
