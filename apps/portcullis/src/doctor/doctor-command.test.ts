import { PRESETS } from '@portcullis/resource-server';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type RunResult, run } from '../cli/testing/run-program.js';
import { messagesOf, reportOf, statusesOf } from './testing/examined.js';
import { type FakeProvider, startFakeProvider } from './testing/fake-provider.js';
import {
  auth0Metadata,
  cognitoMetadata,
  entraMetadata,
  goodMetadata,
  type Metadata,
  oktaMetadata,
} from './testing/recorded-shapes.js';
import { createTokenSigner } from './testing/sign-token.js';

const RESOURCE = 'https://files.example.com/mcp';
const KEYS = { keys: [createTokenSigner().publicJwk] };

let fake: FakeProvider;
beforeAll(async () => {
  fake = await startFakeProvider();
});
beforeEach(() => {
  fake.at.clear();
  fake.asked.length = 0;
});
afterAll(() => fake.close());

const doctor = (issuer: string, ...args: string[]): Promise<RunResult> =>
  run(['doctor', issuer, '--resource', RESOURCE, ...args]);

/** Serves a document where MCP clients look first, and keys. */
function serveGood(differing: Metadata = {}): string {
  const issuer = `${fake.origin}/good`;
  const metadata = { ...goodMetadata(issuer), protected_resources: [RESOURCE], ...differing };
  fake.at.set('/.well-known/oauth-authorization-server/good', metadata);
  fake.at.set('/good/jwks', KEYS);
  return issuer;
}

describe('a provider that has what MCP clients ask for', () => {
  it('fits directly, and its configuration is printed to paste', async () => {
    const { out, err, notes, exitCode } = await doctor(serveGood());
    expect({ err, notes, exitCode }).toEqual({ err: '', notes: '', exitCode: 0 });
    expect(out).toContain('Verdict: direct');
    expect(out).toMatch(/^ {2}ok {4}PKCE +S256 is advertised$/m);
    expect(out).not.toMatch(/FAIL|warn/);
    expect(out).toContain(`resource: '${RESOURCE}',`);
    expect(out).toContain(`authorizationServers: [rfc9068('${fake.origin}/good')],`);
    expect(out).toMatch(/^ {3}1\. Register the resource/m);
  });

  it('has one report as JSON, with a shape that is kept', async () => {
    const issuer = serveGood();
    const result = await doctor(issuer, '--json');
    expect(result).toMatchObject({ err: '', notes: '', exitCode: 0 });
    const report = reportOf(result);
    expect(Object.keys(report)).toEqual([
      'asked',
      'issuer',
      'resource',
      'preset',
      'metadata',
      'findings',
      'token',
      'verdict',
      'configuration',
      'alternative',
      'steps',
      'exitCode',
    ]);
    expect(report).toMatchObject({
      asked: issuer,
      issuer,
      resource: RESOURCE,
      preset: { name: 'rfc9068', chosenBy: 'none', recipientProof: 'audience' },
      token: null,
      verdict: { mode: 'direct', reasons: [] },
      configuration: { language: 'typescript', code: expect.stringContaining('protectResource') },
      alternative: null,
      exitCode: 0,
    });
    expect(report.metadata.map(({ outcome, issuer: named }) => [outcome, named])).toEqual([
      ['found', issuer],
      ['absent', null],
      ['absent', null],
      ['absent', null],
    ]);
    expect(report.findings[0]).toEqual({
      check: 'address',
      status: 'note',
      message: expect.any(String),
      advice: null,
      specification: expect.stringContaining('RFC 8414'),
    });
  });

  it('is asked at every address of metadata, then for its keys, and nothing else', async () => {
    await doctor(serveGood());
    expect(fake.asked.slice(0, 4).sort()).toEqual([
      '/.well-known/oauth-authorization-server/good',
      '/.well-known/openid-configuration/good',
      '/good/.well-known/oauth-authorization-server',
      '/good/.well-known/openid-configuration',
    ]);
    expect(fake.asked.slice(4)).toEqual(['/good/jwks']);
  });

  it.each<[string, Metadata, string, string]>([
    ['no PKCE', { code_challenge_methods_supported: undefined }, 'pkce', 'must refuse'],
    ['PKCE by plain alone', { code_challenge_methods_supported: ['plain'] }, 'pkce', 'S256 is not among'],
    ['no token endpoint', { token_endpoint: undefined }, 'endpoints', 'no token_endpoint'],
    ['a token endpoint over http', { token_endpoint: 'http://login.example/token' }, 'endpoints', 'no https'],
    ['machines only', { grant_types_supported: ['client_credentials'] }, 'grants', 'no person can sign in'],
    ['no code', { response_types_supported: ['id_token'] }, 'grants', 'no person can sign in'],
    [
      'pushed requests alone and nowhere to push them to',
      { require_pushed_authorization_requests: true },
      'pushed-requests',
      'nowhere to push them to',
    ],
    ['no keys', { jwks_uri: undefined }, 'keys', 'no jwks_uri'],
  ])('with %s needs the bridge, for that reason', async (_title, differing, check, words) => {
    const { exitCode, out, err } = await doctor(serveGood(differing), '--json');
    expect(exitCode).toBe(3);
    expect(err).toBe(
      'portcullis: the provider does not fit as the authorization server of MCP clients; a bridge does\n',
    );
    const { verdict, configuration } = reportOf({ exitCode, out, err, notes: '' });
    expect(verdict.mode).toBe('bridge');
    expect(verdict.reasons).toEqual([{ check, message: expect.stringContaining(words) }]);
    expect(configuration).toMatchObject({
      language: 'shell',
      code: expect.stringContaining(
        'portcullis gateway --upstream http://127.0.0.1:3001/mcp --public-url https://files',
      ),
      remarks: expect.arrayContaining([expect.stringContaining('not in it yet')]),
    });
  });

  it.each<[string, Metadata, 'registration' | 'client-proof' | 'iss-parameter' | 'pushed-requests' | 'refresh-tokens']>(
    [
      [
        'no way to become known',
        { registration_endpoint: undefined, client_id_metadata_document_supported: undefined },
        'registration',
      ],
      ['no public clients', { token_endpoint_auth_methods_supported: undefined }, 'client-proof'],
      ['no iss in responses', { authorization_response_iss_parameter_supported: false }, 'iss-parameter'],
      [
        'pushed requests alone',
        {
          require_pushed_authorization_requests: true,
          pushed_authorization_request_endpoint: 'https://login.example/par',
        },
        'pushed-requests',
      ],
      ['no refresh tokens', { scopes_supported: [], grant_types_supported: ['authorization_code'] }, 'refresh-tokens'],
    ],
  )('with %s fits at a cost, which is told', async (_title, differing, check) => {
    const result = await doctor(serveGood(differing), '--json');
    expect(result.exitCode).toBe(0);
    const report = reportOf(result);
    expect(statusesOf(report, check)).toEqual(['warn']);
    expect(report.verdict.reasons.map((reason) => reason.check)).toEqual([check]);
  });

  it('says that nothing tells for whom its tokens are, where nothing does', async () => {
    const report = reportOf(await doctor(serveGood({ protected_resources: undefined }), '--json'));
    expect(report.verdict).toMatchObject({ mode: 'direct', reasons: [{ check: 'resource' }] });
    expect(messagesOf(report, 'resource')).toContain('pipe it in with --resource and --token-stdin');
  });

  it('says whether its list of protected resources has this server (RFC 9728 §4)', async () => {
    const listed = async (resources: readonly string[]) =>
      statusesOf(reportOf(await doctor(serveGood({ protected_resources: resources }), '--json')), 'resource');
    expect(await listed([RESOURCE])).toEqual(['pass']);
    expect(await listed(['https://other.example/mcp'])).toEqual(['warn']);
  });

  it('says where its documents do not agree', async () => {
    const issuer = serveGood();
    fake.at.set('/good/.well-known/openid-configuration', {
      ...goodMetadata(issuer),
      code_challenge_methods_supported: undefined,
    });
    const report = reportOf(await doctor(issuer, '--json'));
    expect(messagesOf(report, 'same-documents')).toContain('code_challenge_methods_supported');
    expect(report.verdict.mode).toBe('direct');
  });
});

describe('the issuer', () => {
  it('that is written without the slash that it has is named, and examined under its own name', async () => {
    const issuer = `${fake.origin}/`;
    fake.at.set('/.well-known/openid-configuration', auth0Metadata(issuer));
    fake.at.set('/.well-known/jwks.json', KEYS);
    const wrong = reportOf(await doctor(fake.origin, '--json', '--preset', 'auth0'));
    expect(wrong).toMatchObject({ asked: fake.origin, issuer });
    expect(statusesOf(wrong, 'issuer')).toEqual(['warn']);
    expect(messagesOf(wrong, 'issuer')).toContain('trailing slash');
    expect(messagesOf(wrong, 'issuer')).toContain(`everywhere: ${issuer}`);
    expect(wrong.configuration?.code).toContain(`'${issuer}'`);
    const right = reportOf(await doctor(issuer, '--json', '--preset', 'auth0'));
    expect(statusesOf(right, 'issuer')).toEqual(['pass']);
    expect(right.verdict.mode).toBe('direct');
  });

  it('that the metadata do not name is not believed', async () => {
    const issuer = serveGood({ issuer: 'https://elsewhere.example' });
    const result = await doctor(issuer, '--json');
    expect(result).toMatchObject({ exitCode: 1, err: 'portcullis: the issuer could not be examined\n' });
    const report = reportOf(result);
    expect(report.verdict.mode).toBe('unknown');
    expect(messagesOf(report, 'issuer')).toContain('"https://elsewhere.example"');
    expect(report.configuration).toBeNull();
    expect(fake.asked).not.toContain('/good/jwks');
  });

  it('of all tenants of Entra together is told as what it is', async () => {
    fake.at.set(
      '/common/v2.0/.well-known/openid-configuration',
      entraMetadata('https://login.microsoftonline.com/{tenantid}/v2.0'),
    );
    const report = reportOf(await doctor(`${fake.origin}/common/v2.0`, '--json', '--preset', 'entra'));
    expect(messagesOf(report, 'issuer')).toContain('address of all tenants together');
  });

  it('that another document answers for first is a warning: clients that stop there refuse', async () => {
    const issuer = `${fake.origin}/oauth2/default`;
    fake.at.set('/.well-known/oauth-authorization-server/oauth2/default', oktaMetadata(fake.origin));
    fake.at.set('/oauth2/default/.well-known/openid-configuration', oktaMetadata(issuer));
    fake.at.set('/oauth2/default/v1/keys', KEYS);
    const report = reportOf(await doctor(issuer, '--json', '--preset', 'okta'));
    expect(statusesOf(report, 'issuer')).toEqual(['pass', 'warn']);
    expect(report.verdict.mode).toBe('direct');
  });

  it('whose only document lies where no client looks needs the bridge', async () => {
    const issuer = `${fake.origin}/tenant`;
    fake.at.set('/tenant/.well-known/oauth-authorization-server', goodMetadata(issuer));
    fake.at.set('/tenant/jwks', KEYS);
    const report = reportOf(await doctor(issuer, '--json'));
    expect(report.verdict).toMatchObject({ mode: 'bridge', reasons: [{ check: 'metadata' }] });
  });
});

describe('providers by their recorded shapes', () => {
  const TENANT = '/72f988bf-86f1-41af-91ab-2d7cd011db47';

  it('Entra needs the bridge, for it does not advertise PKCE; what it takes to do without is printed too', async () => {
    const issuer = `${fake.origin}${TENANT}/v2.0`;
    fake.at.set(`${TENANT}/v2.0/.well-known/openid-configuration`, entraMetadata(issuer));
    fake.at.set(`${TENANT}/discovery/v2.0/keys`, KEYS);
    const result = await doctor(issuer, '--preset', 'entra');
    expect(result.exitCode).toBe(3);
    expect(result.out).toContain('Verdict: bridge');
    expect(result.out).toMatch(/FAIL {2}PKCE/);
    expect(result.out).toContain('AADSTS9010010');
    expect(result.out).toContain(
      "entra({ tenant: '72f988bf-86f1-41af-91ab-2d7cd011db47', api: 'API_APPLICATION_ID' })",
    );
    expect(result.out).toContain('requestedAccessTokenVersion');
    expect(result.out).toContain('not in it yet');
  });

  it.each(['https://files.example.com', 'https://files.example.com/mcp/', 'http://127.0.0.1:3001/mcp'])(
    'Entra refuses %s as resource, which is told',
    async (resource) => {
      const issuer = `${fake.origin}${TENANT}/v2.0`;
      fake.at.set(`${TENANT}/v2.0/.well-known/openid-configuration`, entraMetadata(issuer));
      const result = await run(['doctor', issuer, '--preset', 'entra', '--resource', resource, '--json']);
      expect(messagesOf(reportOf(result), 'resource')).toContain(`Entra refuses ${resource}`);
    },
  );

  it('Cognito needs the bridge, and its proof of the recipient is told as weak', async () => {
    const issuer = `${fake.origin}/eu-west-1_AbCdEfGhI`;
    fake.at.set('/eu-west-1_AbCdEfGhI/.well-known/openid-configuration', cognitoMetadata(issuer));
    fake.at.set('/eu-west-1_AbCdEfGhI/.well-known/jwks.json', KEYS);
    const result = await doctor(issuer, '--preset', 'cognito', '--json');
    expect(result.exitCode).toBe(3);
    const report = reportOf(result);
    expect(report.preset).toMatchObject({ name: 'cognito', chosenBy: 'option', recipientProof: 'resource_scopes' });
    expect(report.verdict.reasons.map(({ check }) => check)).toEqual(['pkce']);
    expect(statusesOf(report, 'recipient')).toEqual(['warn']);
    expect(messagesOf(report, 'recipient')).toContain('WEAK');
    expect(messagesOf(report, 'endpoints')).toContain('example.auth.eu-west-1.amazoncognito.com');
  });

  it('Okta fits, one authorization server a resource', async () => {
    const issuer = `${fake.origin}/oauth2/aus1`;
    fake.at.set('/oauth2/aus1/.well-known/openid-configuration', oktaMetadata(issuer));
    fake.at.set('/oauth2/aus1/.well-known/oauth-authorization-server', oktaMetadata(issuer));
    fake.at.set('/oauth2/aus1/v1/keys', KEYS);
    const result = await doctor(issuer, '--json');
    expect(result.exitCode).toBe(0);
    const report = reportOf(result);
    // By the path of its token endpoint.
    expect(report.preset).toMatchObject({ name: 'okta', chosenBy: 'issuer' });
    expect(report.verdict.reasons.map(({ check }) => check)).toEqual(['iss-parameter', 'resource']);
    expect(report.configuration?.code).toContain(`okta({ issuer: '${issuer}' })`);
    expect(report.steps.join('\n')).toContain('Set its Audience to the URL of the resource');
  });

  it('Google is never the authorization server of MCP clients', async () => {
    fake.at.set('/.well-known/openid-configuration', {
      ...goodMetadata(fake.origin),
      jwks_uri: 'https://www.googleapis.com.invalid/oauth2/v3/certs',
    });
    const report = reportOf(await doctor(fake.origin, '--json', '--preset', 'google', '--timeout', '1'));
    expect(report.verdict.mode).toBe('bridge');
    expect(report.verdict.reasons.map(({ check }) => check)).toContain('provider');
    expect(messagesOf(report, 'recipient')).toContain('WEAK');
    expect(report.alternative).toBeNull();
  });

  it('one that is better behind a bridge says so, though nothing in its metadata does', async () => {
    const report = reportOf(await doctor(serveGood(), '--json', '--preset', 'zitadel'));
    expect(report.verdict).toMatchObject({ mode: 'bridge', reasons: [{ check: 'provider' }] });
    expect(report.alternative?.code).toContain('zitadel({');
  });
});

describe('the help', () => {
  it('names every preset there is', async () => {
    const { err } = await run(['doctor', fake.origin, '--preset', 'x']);
    expect(err).toContain(`Allowed choices are ${Object.keys(PRESETS).sort().join(', ')}`);
  });

  it('tells how the program ends, and that no token is an argument', async () => {
    const { out } = await run(['doctor', '--help']);
    for (const code of ['0', '1', '2', '3', '4', '5']) expect(out).toMatch(new RegExp(`^  ${code}   [a-z]`, 'm'));
    expect(out).toContain('never from an argument');
  });
});

describe('what is written wrongly', () => {
  it.each([
    [['nonsense'], 'ISSUER: it is a URL'],
    [['http://login.example.com'], 'ISSUER: it has to be https'],
    [['https://user@login.example.com'], 'ISSUER: it is a URL'],
    [['https://login.example.com/?tenant=1'], 'ISSUER: it is a URL'],
    [['https://login.example.com', '--resource', 'http://files.example.com/mcp'], '--resource: it has to be https'],
    [['https://login.example.com', '--resource', 'files'], '--resource: it is the URL of your server'],
    [['https://login.example.com', '--preset', 'facebook'], 'Allowed choices are auth0'],
    [['https://login.example.com', '--timeout', '0'], 'from 1 to 300'],
    [['https://login.example.com', 'eyJhbGciOiJSUzI1NiJ9.e30.x'], 'too many arguments'],
  ])('is told, and nothing is asked: %j', async (args, words) => {
    const { exitCode, err, out } = await run(['doctor', ...args]);
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' });
    expect(err).toContain(words);
    expect(err).not.toContain('eyJ');
  });
});
