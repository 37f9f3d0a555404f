import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../cli/testing/run-program.js';
import { messagesOf, reportOf, statusesOf } from './testing/examined.js';
import { type FakeProvider, startFakeProvider } from './testing/fake-provider.js';
import { goodMetadata } from './testing/recorded-shapes.js';
import { createTokenSigner } from './testing/sign-token.js';

const DOCUMENT = '/.well-known/oauth-authorization-server';
const SIGNER = createTokenSigner();

let fake: FakeProvider;
beforeAll(async () => {
  fake = await startFakeProvider();
});
beforeEach(() => {
  fake.at.clear();
  fake.asked.length = 0;
});
afterAll(() => fake.close());

const examine = async (...args: string[]) => {
  const result = await run(['doctor', fake.origin, '--json', '--timeout', '1', ...args]);
  return { result, report: reportOf(result) };
};

const html = (response: ServerResponse): void =>
  void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Sign in</html>');

describe('what is no metadata', () => {
  it.each<[string, (response: ServerResponse) => void, string, string]>([
    ['HTML', html, 'no_json', 'no JSON object'],
    ['a failure', (response) => void response.writeHead(500).end('{}'), 'status', 'HTTP 500'],
    ['an array', (response) => void response.writeHead(200).end('[]'), 'no_json', 'no JSON object'],
    [
      'one member twice',
      (response) => void response.writeHead(200).end('{"issuer":"a","issuer":"b"}'),
      'no_json',
      'no JSON object that every parser reads alike',
    ],
    ['silence', () => {}, 'no_answer', 'no whole answer came in time'],
    [
      '5 MB',
      (response) => void response.writeHead(200, { 'content-type': 'application/json' }).end(' '.repeat(5_000_000)),
      'no_answer',
      'too large',
    ],
    [
      'a redirect',
      (response) => void response.writeHead(302, { location: 'http://169.254.169.254/latest/' }).end(),
      'redirect',
      'a redirect to "http://169.254.169.254/latest/" (HTTP 302), which was not followed',
    ],
    [
      'compressed data',
      (response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end('x'),
      'no_answer',
      'compressed',
    ],
  ])('CI-04 CI-05 is told as %s, and ends in "could not be examined"', async (_title, answer, outcome, words) => {
    fake.at.set(DOCUMENT, answer);
    const { result, report } = await examine();
    expect(result.exitCode).toBe(1);
    expect(report.verdict.mode).toBe('unknown');
    expect(report.metadata[0]).toMatchObject({ outcome, issuer: null });
    expect(messagesOf(report, 'metadata')).toContain(words);
    expect(fake.asked).toHaveLength(2);
  });

  it('where nobody listens is the same', async () => {
    const gone = await startFakeProvider();
    await gone.close();
    const result = await run(['doctor', gone.origin, '--json']);
    expect(result.exitCode).toBe(1);
    expect(messagesOf(reportOf(result), 'metadata')).toContain('nobody listens there');
  });

  it.each([
    ['https://10.0.0.1', []],
    ['https://169.254.169.254', []],
    ['https://169.254.169.254', ['--allow-private']],
  ])('CI-02 is not asked for at %s %j', async (issuer, args) => {
    const result = await run(['doctor', issuer, '--json', ...args]);
    expect(result.exitCode).toBe(1);
    expect(messagesOf(reportOf(result), 'metadata')).toContain('not public, so nothing was sent there');
  });

  it('at the first address does not hide the document at the second', async () => {
    fake.at.set(DOCUMENT, html);
    fake.at.set('/.well-known/openid-configuration', goodMetadata(fake.origin));
    fake.at.set('/jwks', { keys: [SIGNER.publicJwk] });
    const { report } = await examine();
    expect(report.verdict.mode).toBe('direct');
    expect(statusesOf(report, 'metadata')).toEqual(['warn', 'pass']);
  });
});

describe('keys', () => {
  const serve = (keys: unknown, differing: object = {}): void => {
    fake.at.set(DOCUMENT, { ...goodMetadata(fake.origin), ...differing });
    fake.at.set('/jwks', { keys });
  };

  it.each<[string, Readonly<Record<string, unknown>>]>([
    ['a private key', SIGNER.privateJwk],
    ['a symmetric key', { kty: 'oct', k: 'c2VjcmV0LXNlY3JldC1zZWNyZXQ', kid: 'shared' }],
  ])('RS-09 %s among them is an alarm: no mode fits, and none of it is printed', async (_title, jwk) => {
    serve([SIGNER.publicJwk, { ...jwk, kid: 'shown' }]);
    const { result, report } = await examine();
    expect(result).toMatchObject({
      exitCode: 1,
      err: 'portcullis: the provider publishes what it has to keep secret: do not rely on it\n',
    });
    expect(report.verdict).toMatchObject({ mode: 'neither', reasons: [{ check: 'no-secret-keys' }] });
    expect(messagesOf(report, 'no-secret-keys')).toContain('ALARM');
    expect(report).toMatchObject({ configuration: null, steps: [] });
    expect(result.out).not.toContain(String(jwk['d'] ?? jwk['k']));
    const { out } = await run(['doctor', fake.origin]);
    expect(out).toContain('Verdict: neither');
    expect(out).not.toContain(String(jwk['d'] ?? jwk['k']));
  });

  it('without a kid cannot be told apart, and a kid that two have is told', async () => {
    const { kid: _kid, ...anonymous } = SIGNER.publicJwk;
    serve([anonymous]);
    expect((await examine()).report.verdict).toMatchObject({ mode: 'bridge', reasons: [{ check: 'key-ids' }] });
    for (const other of [createTokenSigner('key-1').publicJwk, anonymous]) {
      serve([SIGNER.publicJwk, other]);
      const { report } = await examine();
      expect(statusesOf(report, 'key-ids')).toEqual(['warn']);
      expect(report.verdict.mode).toBe('direct');
    }
  });

  it('of RSA that are too short are told', async () => {
    serve([{ kty: 'RSA', n: 'A'.repeat(171), e: 'AQAB', kid: 'short' }]);
    expect(messagesOf((await examine()).report, 'keys')).toContain('RSA with fewer than 2048 bits');
  });

  it.each([
    ['no list', { a: 1 }],
    ['an empty list', []],
    ['keys for encryption alone', [{ ...SIGNER.publicJwk, use: 'enc' }]],
  ])('RS-09 that are %s verify nothing', async (_title, keys) => {
    serve(keys);
    const { report } = await examine();
    expect(report.verdict.mode).toBe('bridge');
    expect(statusesOf(report, 'keys')).toEqual(['fail']);
  });

  it('RS-09 that are HTML, or are not to be had, are no reason where the provider can be asked about tokens', async () => {
    serve([], { introspection_endpoint: `${fake.origin}/introspect` });
    fake.at.set('/jwks', html);
    const { report } = await examine();
    expect(statusesOf(report, 'keys')).toEqual(['fail']);
    expect(report.verdict.mode).toBe('direct');
  });

  it.each([
    ['https://169.254.169.254/latest/meta-data/keys', 'not public, so nothing was sent there'],
    ['http://169.254.169.254/latest/meta-data/keys', 'none that is fetched from'],
    ['https://10.0.0.1/keys', 'not public, so nothing was sent there'],
    ['https://[fd00:ec2::254]/keys', 'not public, so nothing was sent there'],
    ['file:///etc/passwd', 'none that is fetched from'],
    ['nonsense', 'none that is fetched from'],
  ])('CI-02 at %s are never fetched', async (jwksUri, words) => {
    serve([], { jwks_uri: jwksUri });
    const { report } = await examine();
    expect(report.verdict.mode).toBe('bridge');
    expect(messagesOf(report, 'keys')).toContain(words);
  });
});

/** Writes to the clipboard, clears the screen, makes a link, turns the text around, and all of it in C1 too. */
const HOSTILE =
  '\u001b]52;c;aGk=\u0007\u001b[2J\u001b]8;;http://evil.example\u001b\\x\u202eb\u2066c\u009b2J\u009d0;t\u009c\u0000\r\u0008\u007f\u2028end\u{e0041}';
const COMMANDING =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are exactly what is looked for
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e007f}]/u;

describe('what the provider writes', () => {
  const everywhere = (): void => {
    fake.at.set(DOCUMENT, {
      ...goodMetadata(fake.origin),
      registration_endpoint: `https://a.example/${HOSTILE}`,
      introspection_endpoint: HOSTILE,
      token_endpoint_auth_methods_supported: [HOSTILE],
      grant_types_supported: ['authorization_code', HOSTILE],
      scopes_supported: [HOSTILE],
      [HOSTILE]: HOSTILE,
    });
    fake.at.set('/.well-known/openid-configuration', { issuer: `https://a.example/${HOSTILE}` });
    fake.at.set('/jwks', {
      keys: [
        { ...SIGNER.publicJwk, kid: HOSTILE, alg: HOSTILE },
        { kty: HOSTILE, crv: HOSTILE, kid: HOSTILE },
      ],
    });
  };

  it.each([[[]], [['--json']]])('CX-03 commands no terminal: %j', async (args) => {
    everywhere();
    const token = SIGNER.sign(
      { iss: HOSTILE, aud: [HOSTILE], scope: HOSTILE, client_id: HOSTILE, sub: HOSTILE, exp: HOSTILE, [HOSTILE]: 1 },
      { typ: HOSTILE, kid: HOSTILE, [HOSTILE]: HOSTILE },
    );
    const resource = ['--resource', 'https://files.example.com/mcp', '--token-stdin'];
    const { out, notes, err } = await run(['doctor', fake.origin, ...resource, ...args], { input: token });
    expect(out).toContain('end');
    expect(out + notes + err).not.toMatch(COMMANDING);
  });

  it('CX-03 is not code in what is to be pasted', async () => {
    const evil = `https://keys.invalid/'});evil();({a:'\\`;
    fake.at.set(DOCUMENT, { ...goodMetadata(fake.origin), introspection_endpoint: `${fake.origin}/i`, jwks_uri: evil });
    const { report } = await examine();
    expect(report.verdict.mode).toBe('direct');
    expect(report.configuration?.code).toContain(`jwksUri: 'https://keys.invalid/\\'});evil();({a:\\'\\\\'`);
  });
});
