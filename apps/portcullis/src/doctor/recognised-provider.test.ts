import { createServer, type Server } from 'node:https';
import { type AddressInfo, connect as tcpConnect } from 'node:net';
import type { UntrustedFetch } from '@portcullis/ports';
import { createUntrustedFetch } from '@portcullis/ports/node';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Examination, examine } from './examine.js';
import { type FakeAnswer, fakeListener } from './testing/fake-provider.js';
import {
  auth0Metadata,
  cognitoMetadata,
  entraMetadata,
  goodMetadata,
  type Metadata,
  oktaMetadata,
} from './testing/recorded-shapes.js';
import { createRsaSigner } from './testing/sign-token.js';
import { type ReportView, viewReport } from './view-report.js';

// Providers under their real names, over https, all of them served by this computer: names lead here and nowhere else.

const TENANT = '72f988bf-86f1-41af-91ab-2d7cd011db47';
const POOL = 'eu-west-1_AbCdEfGhI';
const NAMES = [
  'login.microsoftonline.com',
  'cognito-idp.eu-west-1.amazonaws.com',
  'acme.okta.com',
  'acme.eu.auth0.com',
  'accounts.google.com',
  'www.googleapis.com',
];
const RESOURCE = 'https://files.example.com/mcp';
const SIGNER = createRsaSigner();
const KEYS = { keys: [SIGNER.publicJwk] };

const at = new Map<string, FakeAnswer>();
let server: Server;
let certificate: string;
let fetch: UntrustedFetch;
let distrusting: UntrustedFetch;

beforeAll(async () => {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'providers' }], {
    keyType: 'ec',
    extensions: [{ name: 'subjectAltName', altNames: NAMES.map((value) => ({ type: 2, value })) }],
  });
  certificate = cert;
  server = createServer({ key, cert }, fakeListener(at));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const here = {
    allowLoopback: true,
    resolve: async (name: string) => (NAMES.includes(name) ? ['127.0.0.1'] : []),
    connect: (host: string) => tcpConnect({ host, port }),
  };
  fetch = createUntrustedFetch({ ...here, trustedCertificates: cert });
  distrusting = createUntrustedFetch(here);
});
beforeEach(() => at.clear());
afterAll(
  () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
);

function examineHere(issuer: string, way = fetch, token?: string): Promise<Examination> {
  return examine(
    { issuer, fetch: way, timeoutMilliseconds: 5000, progress: () => {} },
    { resource: RESOURCE, preset: undefined, token, nowEpochSeconds: 1_800_000_000 },
  );
}

/** A report on a token of a provider, whose metadata and keys are served. */
async function reportOn(issuer: string, metadata: Metadata, claims: object, header: object): Promise<ReportView> {
  at.set(`${new URL(issuer).pathname.replace(/\/$/, '')}/.well-known/openid-configuration`, metadata);
  at.set(new URL(String(metadata['jwks_uri'])).pathname, KEYS);
  const times = { iat: 1_800_000_000, exp: 1_800_000_600 };
  return viewReport(await examineHere(issuer, fetch, SIGNER.sign({ iss: issuer, ...times, ...claims }, header)));
}

describe('a provider under its own name', () => {
  it.each<[string, string, string, object, string, string]>([
    [
      'entra',
      `https://login.microsoftonline.com/${TENANT}/v2.0`,
      `/${TENANT}/discovery/v2.0/keys`,
      entraMetadata(`https://login.microsoftonline.com/${TENANT}/v2.0`),
      'bridge',
      `entra({ tenant: '${TENANT}'`,
    ],
    [
      'cognito',
      `https://cognito-idp.eu-west-1.amazonaws.com/${POOL}`,
      `/${POOL}/.well-known/jwks.json`,
      cognitoMetadata(`https://cognito-idp.eu-west-1.amazonaws.com/${POOL}`),
      'bridge',
      `cognito({ region: 'eu-west-1', userPoolId: '${POOL}'`,
    ],
    [
      'okta',
      'https://acme.okta.com/oauth2/aus1a2b3c',
      '/oauth2/aus1a2b3c/v1/keys',
      oktaMetadata('https://acme.okta.com/oauth2/aus1a2b3c'),
      'direct',
      "okta({ issuer: 'https://acme.okta.com/oauth2/aus1a2b3c' })",
    ],
    [
      'auth0',
      'https://acme.eu.auth0.com/',
      '/.well-known/jwks.json',
      auth0Metadata('https://acme.eu.auth0.com/'),
      'direct',
      "auth0({ issuer: 'https://acme.eu.auth0.com/' })",
    ],
  ])('%s is recognised, and gets the configuration of its preset', async (name, issuer, keys, metadata, mode, code) => {
    at.set(`${new URL(issuer).pathname.replace(/\/$/, '')}/.well-known/openid-configuration`, metadata);
    at.set(keys, KEYS);
    const report = viewReport(await examineHere(issuer));
    expect(report.preset).toMatchObject({ name, chosenBy: 'issuer' });
    expect(report.verdict.mode).toBe(mode);
    expect((mode === 'direct' ? report.configuration : report.alternative)?.code).toContain(code);
    expect(report.findings.slice(0, 2)).toMatchObject([
      { check: 'address', status: 'pass', message: 'https' },
      { check: 'certificate', status: 'pass' },
    ]);
  });

  it("Okta's org authorization server is no server for others: its tokens cannot be taken", async () => {
    at.set('/.well-known/openid-configuration', goodMetadata('https://acme.okta.com'));
    at.set('/jwks', KEYS);
    const report = viewReport(await examineHere('https://acme.okta.com'));
    expect(report.verdict).toMatchObject({
      mode: 'bridge',
      reasons: [{ check: 'provider', message: expect.stringContaining('Okta writes its issuers like') }],
    });
  });

  it('Google is recognised, and its keys elsewhere are told', async () => {
    at.set('/.well-known/openid-configuration', {
      ...goodMetadata('https://accounts.google.com'),
      jwks_uri: 'https://www.googleapis.com/oauth2/v3/certs',
    });
    at.set('/oauth2/v3/certs', KEYS);
    const report = viewReport(await examineHere('https://accounts.google.com'));
    expect(report).toMatchObject({ preset: { name: 'google' }, verdict: { mode: 'bridge' } });
    expect(report.findings.find(({ check }) => check === 'keys-origin')).toMatchObject({
      status: 'note',
      message: expect.stringContaining('https://www.googleapis.com'),
    });
  });

  it('CX-08 whose certificate nobody trusts is not examined', async () => {
    const report = viewReport(await examineHere('https://acme.eu.auth0.com/', distrusting));
    expect(report.exitCode).toBe(1);
    expect(report.verdict.mode).toBe('unknown');
    expect(report.findings.filter(({ check }) => check === 'certificate')).toMatchObject([
      { status: 'fail', message: expect.stringContaining('SELF_SIGNED') },
      { status: 'fail' },
    ]);
  });
});

describe('a token of a provider, by the rules of its preset', () => {
  const OKTA = 'https://acme.okta.com/oauth2/aus1a2b3c';
  const ENTRA = `https://login.microsoftonline.com/${TENANT}/v2.0`;
  const COGNITO = `https://cognito-idp.eu-west-1.amazonaws.com/${POOL}`;
  const API = '0b5e6b9a-6a77-4d6c-9c07-8f5ab2c9a001';
  const rulesOf = ({ findings }: ReportView) => findings.filter(({ check }) => check === 'token-rules');

  it('Okta: scp is a list, cid the client, and uid who it is', async () => {
    const claims = {
      ver: 1,
      aud: RESOURCE,
      cid: '0oa1',
      uid: '00u1',
      sub: 'alice@acme.example',
      scp: ['files:read'],
      jti: 'AT.1',
    };
    const report = await reportOn(OKTA, oktaMetadata(OKTA), claims, { typ: undefined });
    expect(rulesOf(report)).toMatchObject([{ status: 'pass', message: expect.stringContaining('scopes files:read') }]);
    expect(report).toMatchObject({ exitCode: 0, token: { isGood: true } });
    expect(JSON.stringify(report)).not.toMatch(/alice|00u1/);
  });

  it('Entra: goes directly for clients that do without PKCE being advertised; the verdict stays', async () => {
    const who = { tid: TENANT, oid: 'c5d5c2b4-1c7e-4d50-9a1c-2f7d2b6f0001', sub: 'pairwise', azp: API };
    const claims = { ver: '2.0', aud: API, scp: 'files:read', ...who };
    const report = await reportOn(ENTRA, entraMetadata(ENTRA), claims, { typ: 'JWT' });
    expect(rulesOf(report)).toMatchObject([{ status: 'pass' }]);
    expect(report).toMatchObject({ exitCode: 3, verdict: { mode: 'bridge' }, token: { isGood: true } });
    expect(report.alternative?.code).toContain(`entra({ tenant: '${TENANT}', api: '${API}' })`);
  });

  it('Entra: an ID token in its place is refused', async () => {
    const claims = { ver: '2.0', aud: API, tid: TENANT, oid: 'o', sub: 's', nonce: 'n' };
    const report = await reportOn(ENTRA, entraMetadata(ENTRA), claims, { typ: 'JWT' });
    expect(report.token?.isGood).toBe(false);
    expect(report.findings).toContainEqual(expect.objectContaining({ check: 'token-kind', status: 'fail' }));
  });

  it('Cognito: without aud it is taken by the weak proof alone, which has to be chosen by name', async () => {
    const claims = {
      token_use: 'access',
      client_id: 'app',
      sub: 'x',
      username: 'x',
      jti: '1',
      scope: `${RESOURCE}/read`,
    };
    const metadata = { ...cognitoMetadata(COGNITO), code_challenge_methods_supported: ['S256'] };
    const report = await reportOn(COGNITO, metadata, claims, { typ: undefined });
    expect(rulesOf(report)).toMatchObject([{ status: 'pass' }]);
    expect(report.verdict.mode).toBe('direct');
    expect(report.configuration).toMatchObject({
      code: expect.not.stringContaining('resource_scopes'),
      remarks: [
        expect.stringContaining("recipientProof: 'resource_scopes' among the options of cognito, which is WEAK"),
      ],
    });
  });
});

describe('what the metadata of a provider lead to', () => {
  it('CI-02 CI-03 is never this network: nothing is connected to', async () => {
    const dialled: string[] = [];
    const { port } = server.address() as AddressInfo;
    const spied = createUntrustedFetch({
      allowLoopback: true,
      resolve: async (name) => (name === 'rebound.example' ? ['169.254.169.254'] : ['127.0.0.1']),
      connect: (host) => {
        dialled.push(host);
        return tcpConnect({ host, port });
      },
      trustedCertificates: certificate,
    });
    for (const jwksUri of ['https://169.254.169.254/keys', 'https://rebound.example/keys', 'https://10.0.0.1/keys']) {
      at.set('/.well-known/openid-configuration', {
        ...goodMetadata('https://accounts.google.com'),
        jwks_uri: jwksUri,
      });
      await examineHere('https://accounts.google.com', spied);
    }
    expect(new Set(dialled)).toEqual(new Set(['127.0.0.1']));
    expect(dialled).toHaveLength(6);
  });
});
