import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Gate, runProgram, startGate } from '../support/gate.js';
import type { TokenResponse } from '../support/oauth.js';
import { type Oracle, startOracle } from '../support/oracle.js';
import { type RecordingUpstream, startRecordingUpstream } from '../support/recording-upstream.js';

// `portcullis doctor`, as the program, of a certified provider that others wrote and of our own gate, each with a token that
// it issued.

const SECRET = 'a-secret-of-this-test-0000000000000000';
const FILES = 'https://files.example.com/mcp';

interface Report {
  readonly issuer: string;
  readonly findings: readonly { readonly check: string; readonly status: string; readonly message: string }[];
  readonly token: { readonly isGood: boolean };
  readonly verdict: { readonly mode: string };
  readonly configuration: { readonly code: string };
  readonly steps: readonly string[];
}

/** Runs it and reads its JSON. */
async function examine(
  issuer: string,
  resource: string,
  token: string,
  ...more: string[]
): Promise<{ code: unknown; report: Report }> {
  const args = ['doctor', issuer, '--resource', resource, '--token-stdin', '--json', ...more];
  const { code, stdout, stderr } = await runProgram(args, { input: token });
  expect(stdout + stderr).not.toContain(token.split('.')[1]);
  return { code, report: JSON.parse(stdout) as Report };
}

/** A machine's own token for `resource`. */
async function fetchToken(tokenEndpoint: string, resource: string, id: string, secret: string): Promise<string> {
  const response = await fetch(tokenEndpoint, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', resource }),
  });
  expect(response.status).toBe(200);
  return ((await response.json()) as TokenResponse).access_token;
}

const faultsOf = ({ findings }: Report): unknown[] => findings.filter(({ status }) => status === 'fail');

describe('oidc-provider, which others wrote', () => {
  let oracle: Oracle;

  beforeAll(async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    oracle = await startOracle({
      clients: [
        {
          client_id: 'job',
          client_secret: SECRET,
          redirect_uris: [],
          response_types: [],
          grant_types: ['client_credentials'],
          token_endpoint_auth_method: 'client_secret_basic',
        },
      ],
      resources: { [FILES]: ['files:read'] },
      introspectors: {},
      signingKey: { ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig', kid: 'key-1' },
      defaultScope: 'files:read',
      accessTokenFormat: 'jwt',
    });
  });

  afterAll(async () => {
    expect(oracle.faults).toEqual([]);
    await oracle.close();
  });

  it('fits directly, and its token is good (RFC 8707)', async () => {
    const token = await fetchToken(`${oracle.origin}/token`, FILES, 'job', SECRET);
    const { code, report } = await examine(oracle.origin, FILES, token);
    expect(faultsOf(report)).toEqual([]);
    expect(code).toBe(0);
    expect(report).toMatchObject({ issuer: oracle.origin, token: { isGood: true }, verdict: { mode: 'direct' } });
    expect(report.configuration.code).toContain(`rfc9068('${oracle.origin}')`);
  });

  it('is told to a person in lines that fit, and that its token is good nowhere else', async () => {
    const token = await fetchToken(`${oracle.origin}/token`, FILES, 'job', SECRET);
    const args = ['doctor', oracle.origin, '--resource', 'https://other.example.com/mcp', '--token-stdin'];
    const { code, stdout, stderr } = await runProgram(args, { input: token });
    expect({ code, stderr }).toEqual({
      code: 4,
      stderr: 'portcullis: the provider fits, but the sample token would be refused\n',
    });
    expect(stdout).toContain('Verdict: direct');
    expect(stdout).toMatch(/^ {2}ok {4}PKCE +S256 is advertised/m);
    expect(stdout).toMatch(/^ {2}FAIL {2}aud +the resource is not in it/m);
    expect(stdout).not.toContain('\u001b');
    expect(stdout).not.toContain(token.split('.')[1]);
    expect(stdout.split('\n').filter((line) => line.length > 120)).toEqual([]);
  });
});

describe('our own gate', () => {
  let upstream: RecordingUpstream;
  let gate: Gate;

  beforeAll(async () => {
    upstream = await startRecordingUpstream();
    gate = await startGate({ args: ['--upstream', upstream.url] });
  });

  afterAll(async () => {
    await gate?.stop();
    await upstream?.close();
  });

  it('fits directly, and nothing about it is to be warned of', async () => {
    const add = [
      'clients',
      'add',
      'Nightly job',
      '--grant',
      'client_credentials',
      '--json',
      '--data-dir',
      gate.dataDir,
    ];
    const { stdout } = await runProgram(add);
    const { clientId, clientSecret } = JSON.parse(stdout) as { clientId: string; clientSecret: string };
    const token = await fetchToken(`${gate.origin}/token`, `${gate.origin}/mcp`, clientId, clientSecret);
    const { code, report } = await examine(gate.origin, `${gate.origin}/mcp`, token);
    expect(report.findings.filter(({ status }) => status === 'fail' || status === 'warn')).toEqual([]);
    expect({ code, mode: report.verdict.mode }).toEqual({ code: 0, mode: 'direct' });
    expect(report.findings.find(({ check }) => check === 'provider')?.message).toMatch(
      /named as those of a gate of Portcullis are.*say --preset portcullis$/,
    );
    const asSaid = await examine(gate.origin, `${gate.origin}/mcp`, token, '--preset', 'portcullis');
    expect(asSaid).toMatchObject({ code: 0, report: { token: { isGood: true } } });
    expect(asSaid.report.configuration.code).toContain(`portcullis({ issuer: '${gate.origin}' })`);
    expect(asSaid.report.steps.join()).toContain(`npx portcullis resources add ${gate.origin}/mcp --scope `);
  });
});
