import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunResult, run } from '../cli/testing/run-program.js';
import type { Check } from './finding.js';
import { messagesOf, reportOf, statusesOf } from './testing/examined.js';
import { type FakeProvider, startFakeProvider } from './testing/fake-provider.js';
import { cognitoMetadata, goodMetadata } from './testing/recorded-shapes.js';
import { createTokenSigner } from './testing/sign-token.js';

const RESOURCE = 'https://files.example.com/mcp';
const SIGNER = createTokenSigner();
const NOW = Math.floor(Date.now() / 1000);
const DOCUMENT = '/.well-known/oauth-authorization-server';
const API = '0b5e6b9a-6a77-4d6c-9c07-8f5ab2c9a001';

let fake: FakeProvider;
beforeAll(async () => {
  fake = await startFakeProvider();
  fake.at.set(DOCUMENT, goodMetadata(fake.origin));
  fake.at.set('/jwks', { keys: [SIGNER.publicJwk] });
});
afterAll(() => fake.close());

const claims = (differing: object = {}): object => ({
  iss: fake.origin,
  sub: 'b1946ac9-2ae4-4a5f-8a1c-3f1f5e0f2d11',
  aud: RESOURCE,
  client_id: 'desktop-client',
  scope: 'files:read files:write',
  iat: NOW,
  exp: NOW + 600,
  jti: 'token-1',
  ...differing,
});

function judge(token: string, ...args: string[]): Promise<RunResult> {
  const resource = args.includes('--resource') ? [] : ['--resource', RESOURCE];
  return run(['doctor', fake.origin, ...resource, '--token-stdin', '--json', ...args], { input: token });
}

/** The report on a token with these claims. */
const reportOn = async (differing: object, header: object = {}, ...args: string[]) =>
  reportOf(await judge(SIGNER.sign(claims(differing), header), ...args));

describe('an access token by RFC 9068', () => {
  it('is found good, and nothing of it is shown but names and what is no person', async () => {
    const token = SIGNER.sign(
      claims({
        email: 'alice@example.com',
        name: 'Alice Liddell',
        groups: ['rabbits', 'queens'],
        tenant_id: 'wonderland',
      }),
    );
    for (const input of [token, `${token}\n`, `Bearer ${token}\r\n`, `DPoP ${token}`]) {
      const result = await judge(input);
      expect(result).toMatchObject({ exitCode: 0, err: '', notes: '' });
      const report = reportOf(result);
      expect(report.verdict.reasons).toEqual([]);
      expect(report.token).toMatchObject({ format: 'jwt', isGood: true, header: ['alg', 'typ', 'kid'] });
      expect(report.token?.claims).toContain('email');
      expect(messagesOf(report, 'token-subject')).toContain('in email, name: values are not shown here');
      expect(messagesOf(report, 'token-tenant')).toContain('groups (a list of 2)');
      expect(messagesOf(report, 'token-rules')).toContain('scopes files:read, files:write; no permissions; 2 groups');
      for (const secret of [
        'alice',
        'Alice',
        'rabbits',
        'b1946ac9',
        'wonderland',
        token.slice(-40),
        token.slice(0, 60),
      ]) {
        expect(result.out).not.toContain(secret);
      }
    }
  });

  it('is told to a person too, at the end of the report, and is in no line of it', async () => {
    const token = SIGNER.sign(claims());
    const { out } = await run(['doctor', fake.origin, '--token-stdin', '--resource', RESOURCE], { input: token });
    expect(out).toMatch(/^The sample token$/m);
    expect(out).toMatch(/^ {2}ok {4}Signature +it is good, by a key that the provider publishes$/m);
    expect(out).not.toContain(token.split('.')[1]);
  });

  it('PD-04 is told to be bound to a key, where it is', async () => {
    const report = await reportOn({ cnf: { jkt: '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I' } });
    expect(report.token?.isGood).toBe(true);
    expect(statusesOf(report, 'token-binding')).toEqual(['note']);
    expect(messagesOf(report, 'token-binding')).toContain('under the scheme DPoP, with a proof by that key');
    expect(messagesOf(report, 'token-rules')).toContain('the key that was proven');
  });

  it('is held against no server where none was named', async () => {
    const result = await run(['doctor', fake.origin, '--token-stdin', '--json'], { input: SIGNER.sign(claims()) });
    expect(statusesOf(reportOf(result), 'token-audience')).toEqual(['note']);
  });
});

describe('a token that would be refused', () => {
  it.each<[string, object, object, Check, string]>([
    ['RS-05 of another server', { aud: 'https://other.example' }, {}, 'token-audience', 'the resource is not in it'],
    ['RS-05 of the server with a slash', { aud: `${RESOURCE}/` }, {}, 'token-audience', 'trailing slash'],
    ['RS-05 of nobody', { aud: undefined }, {}, 'token-audience', 'works at every server that does not ask'],
    ['RS-05 of a list that holds no text', { aud: [RESOURCE, 1] }, {}, 'token-audience', 'of a wrong shape'],
    ['RS-05 of Keycloak without a mapper', { aud: 'account' }, {}, 'token-audience', 'audience mapper'],
    ['RS-06 of the issuer with a slash', { iss: 'SLASH' }, {}, 'token-issuer', 'trailing slash'],
    ['RS-06 of another issuer', { iss: 'https://login.example' }, {}, 'token-issuer', 'another issuer'],
    ['RS-06 of Entra v1', { iss: 'https://sts.windows.net/x/' }, {}, 'token-issuer', 'requestedAccessTokenVersion'],
    ['RS-04 that has ended', { exp: NOW - 3600 }, {}, 'token-times', 'it ended 60 min ago'],
    ['RS-04 without an end', { exp: undefined }, {}, 'token-times', 'without an end'],
    ['RS-04 without a beginning', { iat: '1' }, {}, 'token-times', 'iat is "1"'],
    ['RS-04 that ends within a second', { exp: NOW + 600.5 }, {}, 'token-times', 'a time in whole seconds'],
    ['RS-04 of half a second', { iat: NOW - 0.5 }, {}, 'token-times', 'a time in whole seconds'],
    ['RS-04 of tomorrow', { nbf: NOW + 86_400 }, {}, 'token-times', 'one of the two clocks'],
    ['RS-01 with alg none', {}, { alg: 'none' }, 'token-header', 'alg is "none"'],
    ['RS-01 with HS256', {}, { alg: 'HS256' }, 'token-header', 'alg is "HS256"'],
    ['RS-02 without a kid', {}, { kid: undefined }, 'token-header', 'no kid'],
    ['RS-02 with crit', {}, { crit: ['x'] }, 'token-header', 'crit'],
    ['RS-02 with b64', {}, { b64: false }, 'token-header', 'crit or b64'],
    ['RS-02 with a kid that is long', {}, { kid: 'k'.repeat(300) }, 'token-header', 'its kid has 300 characters'],
    [
      'RS-02 with keys of its own',
      {},
      { jku: 'https://evil.test', jwk: {} },
      'token-header',
      '(jku, jwk), which is never',
    ],
    ['RS-02 with a certificate of its own', {}, { x5c: ['MA'] }, 'token-header', 'the guard refuses it'],
    ['RS-02 by an unknown key', {}, { kid: '../../dev/null' }, 'token-signature', 'not among those'],
    ['RS-03 of no type that says so', {}, { typ: 'JWT' }, 'token-header', 'The preset rfc9068 takes at+jwt'],
    ['RS-03 of a wrong type', {}, { typ: 'logout+jwt' }, 'token-header', 'no access token'],
    ['RS-03 that is an ID token', { nonce: 'n', at_hash: 'h' }, { typ: 'JWT' }, 'token-kind', 'at_hash, nonce'],
    ['RS-03 that is an ID token of Cognito', { token_use: 'id' }, { typ: 'JWT' }, 'token-kind', 'token_use is id'],
    ['RS-03 that is a refresh token', { typ: 'Refresh' }, { typ: 'JWT' }, 'token-kind', 'refresh token'],
    [
      'PD-04 that is bound to a certificate',
      { cnf: { 'x5t#S256': 'bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2' } },
      {},
      'token-binding',
      'cnf: x5t#S256',
    ],
    ['without a subject', { sub: '' }, {}, 'token-subject', 'nobody is named'],
  ])('%s: which is told, and the provider still fits', async (_title, differing, header, check, words) => {
    const slashed = 'iss' in differing && differing.iss === 'SLASH' ? { iss: `${fake.origin}/` } : {};
    const token = SIGNER.sign(claims({ ...differing, ...slashed }), header);
    const result = await judge(token);
    expect(result).toMatchObject({
      exitCode: 4,
      err: 'portcullis: the provider fits, but the sample token would be refused\n',
    });
    const report = reportOf(result);
    expect(report.verdict.mode).toBe('direct');
    expect(report.token?.isGood).toBe(false);
    expect(statusesOf(report, check)).toContain('fail');
    expect(messagesOf(report, check)).toContain(words);
    expect(report.verdict.reasons.map((reason) => reason.check)).toContain(check);
  });

  it('RS-01 that was changed, or signed by another with the same kid', async () => {
    const [header, , signature] = SIGNER.sign(claims()).split('.');
    const payload = Buffer.from(JSON.stringify(claims({ scope: 'admin' }))).toString('base64url');
    for (const token of [`${header}.${payload}.${signature}`, createTokenSigner('key-1').sign(claims())]) {
      const report = reportOf(await judge(token));
      expect(statusesOf(report, 'token-signature')).toEqual(['fail']);
      expect(report.exitCode).toBe(4);
    }
  });

  it('RS-09 whose key is published, and is none that a guard takes', async () => {
    fake.at.set('/jwks', { keys: [{ ...SIGNER.publicJwk, use: 'enc' }, createTokenSigner('key-2').publicJwk] });
    const unusable = reportOf(await judge(SIGNER.sign(claims())));
    fake.at.set('/jwks', { keys: [SIGNER.publicJwk], padding: ' '.repeat(300 * 1024) });
    const tooLarge = reportOf(await judge(SIGNER.sign(claims())));
    fake.at.set('/jwks', { keys: [SIGNER.publicJwk] });
    expect(messagesOf(unusable, 'token-signature')).toContain('none of that name that the guard takes for "ES256"');
    expect(unusable.exitCode).toBe(4);
    expect(messagesOf(tooLarge, 'keys')).toContain('too large');
    expect(statusesOf(tooLarge, 'token-rules')).toEqual(['note']);
  });

  it('RS-07 that is encrypted, malformed, or opaque where nobody can be asked', async () => {
    const [header] = SIGNER.sign(claims(), { alg: 'RSA-OAEP', enc: 'A256GCM' }).split('.');
    for (const [token, format] of [
      [`${header}.a.b.c.d`, 'jwe'],
      [`${header}.!.c`, 'malformed'],
      ['ya29.a0AfH6SMB-opaque', 'opaque'],
      ['8xLOxBtZp8', 'opaque'],
    ] as const) {
      const result = await judge(token);
      expect(result.exitCode).toBe(4);
      expect(reportOf(result)).toMatchObject({ token: { format, claims: [] } });
      expect(statusesOf(reportOf(result), 'token-format')).toEqual(['fail']);
      expect(result.out).not.toContain('a0AfH6SMB');
    }
  });
});

describe('a token of which not all can be said', () => {
  it('RS-03 that ended within the tolerance is told so', async () => {
    const exp = Math.floor(Date.now() / 1000) - 5;
    const report = await reportOn({ exp, iat: exp - 600 });
    expect(statusesOf(report, 'token-times')).toEqual(['warn']);
    expect(messagesOf(report, 'token-times')).toContain('within the 30 s by which clocks may differ');
  });

  it('says whom it is for in the place of what is not known', async () => {
    const report = await reportOn({ aud: 'https://other.example.com/mcp' });
    expect(statusesOf(report, 'resource')).toEqual(['note']);
    expect(messagesOf(report, 'resource')).toContain('https://other.example.com/mcp');
  });
});

describe('what providers do in their own way', () => {
  it('an opaque token is asked about where the provider can be', async () => {
    fake.at.set(DOCUMENT, { ...goodMetadata(fake.origin), introspection_endpoint: `${fake.origin}/introspect` });
    const report = reportOf(await judge('8xLOxBtZp8'));
    const byLogto = reportOf(await judge('8xLOxBtZp8', '--preset', 'logto'));
    fake.at.set(DOCUMENT, goodMetadata(fake.origin));
    expect(messagesOf(byLogto, 'token-format')).toContain('the preset logto takes signed JWTs alone');
    expect(byLogto).toMatchObject({ exitCode: 4, token: { isGood: false } });
    expect(statusesOf(report, 'token-format')).toEqual(['warn']);
    expect(report).toMatchObject({ exitCode: 5, token: { format: 'opaque' } });
    expect(report.token).toHaveProperty('isGood', null);
    expect(report.configuration?.code).toContain("method: 'introspection', clientId: 'RESOURCE_SERVER_ID'");
  });

  it('Entra: the audience is the application id, which goes into the configuration', async () => {
    const shape = { aud: API, scope: undefined, scp: 'files:read', azp: 'c', client_id: undefined, tid: 't', oid: 'o' };
    const report = await reportOn(shape, { typ: 'JWT' }, '--preset', 'entra');
    expect(statusesOf(report, 'token-audience')).toEqual(['pass']);
    expect(report.token?.isGood).toBe(true);
    expect(report.verdict.mode).toBe('direct');
    expect(report.configuration?.code).toContain(`api: '${API}'`);
    expect(messagesOf(report, 'token-scopes')).toContain('scp is a text');
    expect(messagesOf(report, 'token-client')).toContain('azp');
    expect(messagesOf(report, 'token-subject')).toContain('tid and oid');
  });

  it('Entra: a token for Graph is told, and groups that are too many', async () => {
    const report = await reportOn({ hasgroups: true }, { nonce: 'n' }, '--preset', 'entra');
    expect(messagesOf(report, 'token-header')).toContain('Microsoft Graph');
    expect(messagesOf(report, 'token-tenant')).toContain('overage');
    const pointed = await reportOn({ _claim_names: { groups: 'src1' } });
    expect(statusesOf(pointed, 'token-tenant')).toEqual(['warn']);
  });

  it('Cognito: a scope of the resource in place of aud is a weak proof, and no scope none', async () => {
    fake.at.set('/pool/.well-known/openid-configuration', {
      ...cognitoMetadata(`${fake.origin}/pool`),
      code_challenge_methods_supported: ['S256'],
    });
    fake.at.set('/pool/.well-known/jwks.json', { keys: [SIGNER.publicJwk] });
    const on = async (scope: string) => {
      const token = SIGNER.sign(claims({ iss: `${fake.origin}/pool`, aud: undefined, token_use: 'access', scope }), {
        typ: undefined,
      });
      const args = ['--resource', RESOURCE, '--token-stdin', '--json', '--preset', 'cognito'];
      return reportOf(await run(['doctor', `${fake.origin}/pool`, ...args], { input: token }));
    };
    const bound = await on(`${RESOURCE}/files:read`);
    expect(statusesOf(bound, 'token-audience')).toEqual(['warn']);
    expect(messagesOf(bound, 'token-audience')).toContain('WEAK');
    expect(bound).toMatchObject({ exitCode: 0, verdict: { mode: 'direct' } });
    expect(bound.verdict.reasons.map(({ check }) => check)).toContain('recipient');
    expect(bound.configuration?.code).toContain("clients: ['desktop-client']");
    const free = await on('openid aws.cognito.signin.user.admin');
    expect(statusesOf(free, 'token-audience')).toEqual(['fail']);
    expect(free).toMatchObject({ exitCode: 3, verdict: { mode: 'bridge' } });
  });

  it.each<[string, object, Check, string, string, number]>([
    ['scopes in a list (Okta)', { scope: undefined, scp: ['a'] }, 'token-scopes', 'note', 'scp is a list', 0],
    ['RS-12 scopes of a wrong shape', { scope: 1 }, 'token-scopes', 'warn', 'The guard takes it all the same', 0],
    ['no scopes', { scope: undefined }, 'token-scopes', 'warn', 'neither scope nor scp', 0],
    ['a client under another name', { client_id: undefined, cid: '0oa1' }, 'token-client', 'note', 'cid: "0oa1"', 4],
    ['no client', { client_id: undefined }, 'token-client', 'warn', 'no claim names the client', 4],
    ['a login for a subject', { sub: 'alice@example.com' }, 'token-subject', 'warn', 'it can change', 0],
    ['a long life', { exp: NOW + 30 * 86_400 }, 'token-times', 'warn', '30 days', 0],
    ['several audiences', { aud: ['https://a.example/userinfo', RESOURCE] }, 'token-audience', 'pass', 'one of 2', 0],
  ])('%s is told', async (_title, differing, check, status, words, exitCode) => {
    const report = await reportOn(differing);
    expect(statusesOf(report, check)).toEqual([status]);
    expect(messagesOf(report, check)).toContain(words);
    expect(report.exitCode).toBe(exitCode);
    expect(JSON.stringify(report)).not.toContain('alice@example.com');
  });

  it('is refused by the very rules that the configuration has', async () => {
    const report = await reportOn({ client_id: undefined });
    expect(statusesOf(report, 'token-rules')).toEqual(['fail']);
    expect(messagesOf(report, 'token-rules')).toContain('the preset rfc9068 refuses it: claim missing: client_id');
    expect(report).toMatchObject({ exitCode: 4, token: { isGood: false } });
  });
});

describe('standard input that holds no token', () => {
  it.each([
    ['', 'holds no token'],
    ['\n \n', 'holds no token'],
    ['two words', 'is no token'],
    ['one\ntwo', 'more than one line'],
    ['x'.repeat(17 * 1024), 'longer than a token may be'],
  ])('CX-08 is told without repeating it: case %#', async (input, words) => {
    const { exitCode, err, out } = await judge(input);
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' });
    expect(err).toContain(words);
    expect(err).not.toMatch(/two|xxx/);
  });
});
