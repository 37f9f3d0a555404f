import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../cli/testing/run-program.js';

const ID = 'https://app.example.com/client.json';

let answer: RequestListener;
let asked: string[];
const host = createServer((request, response) => {
  asked.push(`${request.method} ${request.url}`);
  answer(request, response);
});
let origin: string;
let directory: string;

beforeAll(async () => {
  host.listen(0, '127.0.0.1');
  await once(host, 'listening');
  origin = `http://127.0.0.1:${(host.address() as AddressInfo).port}`;
});
afterAll(() => host.close());
beforeEach(() => {
  asked = [];
  directory = mkdtempSync(join(tmpdir(), 'portcullis-cimd-'));
});

const cimd = (...args: string[]) => run(['cimd', ...args]);
const file = (name: string, text: string): string => {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
};

describe('portcullis cimd init', () => {
  it('writes the document of a program on people’s computers, and says what comes next', async () => {
    const { out, notes, exitCode } = await cimd('init', ID, '--name', 'Example');
    expect(exitCode).toBe(0);
    expect(JSON.parse(out)).toEqual({
      client_id: ID,
      client_name: 'Example',
      redirect_uris: ['http://127.0.0.1/callback', 'http://localhost/callback'],
      application_type: 'native',
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    });
    for (const words of ['application/json', 'max-age=3600', `cimd check ${ID}`, `--client-metadata-url ${ID}`]) {
      expect(notes).toContain(words);
    }
    expect(notes).not.toContain('To mind');
  });

  it('takes what it is told', async () => {
    const { out } = await cimd(
      ...['init', ID, '--redirect-uri', 'https://app.example.com/cb', '--redirect-uri', 'https://app.example.com/cb2'],
      ...['--client-uri', 'https://app.example.com/', '--logo-uri', 'https://app.example.com/logo.png'],
      ...['--scope', 'a', '--scope', 'b', '--jwks-uri', 'https://app.example.com/jwks'],
    );
    expect(JSON.parse(out)).toMatchObject({
      client_name: 'app.example.com',
      client_uri: 'https://app.example.com/',
      logo_uri: 'https://app.example.com/logo.png',
      redirect_uris: ['https://app.example.com/cb', 'https://app.example.com/cb2'],
      application_type: 'web',
      scope: 'a b',
      token_endpoint_auth_method: 'private_key_jwt',
      jwks_uri: 'https://app.example.com/jwks',
    });
  });

  it.each(['ec', 'ed25519', 'rsa'] as const)(
    'publishes the public half of a private %s key, and no more',
    async (type) => {
      const options = { namedCurve: 'P-256', modulusLength: 2048 };
      const { privateKey } = generateKeyPairSync(type as 'rsa', options);
      const jwk = privateKey.export({ format: 'jwk' }) as Record<string, string>;
      const files = [
        file('key.pem', privateKey.export({ format: 'pem', type: 'pkcs8' }) as string),
        file('key.jwk', JSON.stringify(jwk)),
        file('keys.json', JSON.stringify({ keys: [jwk] })),
      ];
      const outs = await Promise.all(files.map(async (path) => (await cimd('init', ID, '--key-file', path)).out));
      expect(new Set(outs).size).toBe(1);
      const { jwks, token_endpoint_auth_method } = JSON.parse(outs[0] ?? '') as Record<string, unknown>;
      expect(token_endpoint_auth_method).toBe('private_key_jwt');
      expect(jwks).toEqual({
        keys: [expect.objectContaining({ kty: jwk['kty'], use: 'sig', kid: expect.stringMatching(/^[\w-]{43}$/) })],
      });
      for (const member of ['d', 'p', 'q', 'dp', 'dq', 'qi']) {
        if (jwk[member] !== undefined) expect(outs[0]).not.toContain(jwk[member]);
      }
    },
  );

  it('names a key as RFC 7638 does', async () => {
    const n =
      '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw';
    const path = file('key.jwk', JSON.stringify({ kty: 'RSA', n, e: 'AQAB' }));
    const { out } = await cimd('init', ID, '--key-file', path);
    expect(JSON.parse(out)).toMatchObject({ jwks: { keys: [{ kid: 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs' }] } });
  });

  it('replaces no file unless it is told to', async () => {
    const path = file('client.json', 'mine');
    const refused = await cimd('init', ID, '--output', path);
    expect(refused).toMatchObject({ exitCode: 1, out: '', err: expect.stringContaining('--force replaces it') });
    expect(readFileSync(path, 'utf8')).toBe('mine');
    expect(await cimd('init', ID, '--output', path, '--force')).toMatchObject({ exitCode: 0, out: `Wrote ${path}.\n` });
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ client_id: ID });
    const other = join(directory, 'other.json');
    const { out, notes } = await cimd('init', ID, '--output', other, '--json');
    expect(JSON.parse(out)).toEqual({ clientId: ID, output: other, document: expect.anything(), advice: [] });
    expect(notes).toBe('');
    expect(await cimd('init', ID, '--output', join(directory, 'no', 'x.json'))).toMatchObject({
      exitCode: 1,
      err: expect.stringContaining('its directory does not exist'),
    });
  });

  it('says what other servers may mind', async () => {
    const args = ['init', ID, '--redirect-uri', 'https://other.example/cb'];
    expect((await cimd(...args)).notes).toContain('same-origin');
    const { advice } = JSON.parse((await cimd(...args, '--json')).out) as { advice: unknown };
    expect(advice).toMatchObject([{ rule: 'same-origin', member: 'redirect_uris' }]);
  });

  it.each<[readonly string[], string]>([
    [['http://app.example.com/client.json'], 'is no https URL'],
    [['https://app.example.com'], 'has no path'],
    [[ID, '--redirect-uri', 'http://app.example.com/cb'], 'is plain http'],
    [[ID, '--logo-uri', 'logo.png'], 'logo_uri: is "logo.png"'],
    [[ID, '--name', ''], '--name: must not be empty'],
    [[ID, '--jwks-uri', 'https://a.example/', '--key-file', 'x'], 'either --jwks-uri or --key-file'],
    [[ID, '--key-file', '/nowhere'], 'it does not exist'],
  ])('writes nothing that check would refuse: %j', async (args, words) => {
    const path = join(directory, 'client.json');
    const refused = await cimd('init', ...args, '--output', path);
    expect(refused).toMatchObject({ exitCode: 2, out: '', err: expect.stringContaining(words) });
    expect(readdirSync(directory)).toEqual([]);
  });

  it.each([
    ['no key', 'secret words'],
    ['a symmetric key', JSON.stringify({ kty: 'oct', k: 'c2VjcmV0' })],
    ['a set of nothing', JSON.stringify({ keys: [] })],
    [
      'a curve that does not sign here',
      generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey.export({ format: 'pem', type: 'sec1' }).toString(),
    ],
  ])('refuses a key file that holds %s, and repeats nothing of it', async (_what, text) => {
    const refused = await cimd('init', ID, '--key-file', file('key', text));
    expect(refused).toMatchObject({ exitCode: 2, out: '', err: expect.stringContaining('--key-file') });
    expect(refused.err).not.toMatch(/secret words|c2VjcmV0|BEGIN/);
  });
});

describe('portcullis cimd check', () => {
  const written = async (): Promise<string> => (await cimd('init', ID, '--name', 'Example')).out;

  it('finds nothing in what init writes, as a file and as it is served', async () => {
    const text = await written();
    const path = file('client.json', text);
    const checked = await cimd('check', path, '--url', ID);
    expect(checked).toMatchObject({ exitCode: 0, err: '', out: expect.stringMatching(/The document is good\.\n$/) });
    expect(checked.out).not.toContain('Advice');
    answer = (_request, response) => {
      response
        .writeHead(200, { 'content-type': 'application/json', 'cache-control': 'max-age=60', etag: '"1"' })
        .end(text);
    };
    const { out, exitCode } = await cimd('check', `${origin}/client.json`, '--url', ID, '--json');
    expect(exitCode).toBe(0);
    expect(JSON.parse(out)).toEqual({
      source: `${origin}/client.json`,
      clientId: ID,
      isGood: true,
      errors: [],
      advice: [expect.objectContaining({ rule: 'reachable', specification: expect.stringContaining('draft-ietf') })],
      document: expect.objectContaining({
        clientName: 'Example',
        redirectUris: expect.arrayContaining(['http://127.0.0.1/callback']),
      }),
    });
    expect(asked).toEqual(['GET /client.json']);
  });

  it('ends with 1 where there is an error, and says each with its rule', async () => {
    const path = file('client.json', JSON.stringify({ client_id: ID, client_secret: 'its-secret' }));
    const checked = await cimd('check', path, '--url', 'https://app.example.com/other.json');
    expect(checked).toMatchObject({ exitCode: 1, err: expect.stringContaining('has 4 errors') });
    for (const words of ['client-id-is-the-url: draft-ietf', 'no-secret:', 'client-name:', 'redirect-uri:']) {
      expect(checked.out).toContain(words);
    }
    expect(checked.out + checked.err).not.toContain('its-secret');
    const { out, exitCode } = await cimd('check', path, '--json');
    expect(exitCode).toBe(1);
    const report = JSON.parse(out) as { errors: readonly unknown[] };
    expect(report).toMatchObject({ isGood: false, clientId: ID });
    expect(report.errors).toHaveLength(3);
  });

  it('holds a file to its own word where nobody says where it will be served', async () => {
    const { out, exitCode } = await cimd('check', file('client.json', await written()));
    expect(exitCode).toBe(0);
    expect(out).toContain('--url');
  });

  it.each<[string, RequestListener, string]>([
    ['redirects', (_request, response) => response.writeHead(302, { location: ID }).end(), 'it is not followed'],
    ['is not there', (_request, response) => response.writeHead(404).end(), 'HTTP 404'],
    ['is a page', (_request, response) => response.setHeader('content-type', 'text/html').end('<p>'), '"text/html"'],
    ['is far too large', (_request, response) => response.end('x'.repeat(100_000)), 'far larger'],
    ['breaks off', (_request, response) => response.destroy(), 'no HTTP'],
  ])('CI-04 tells of a host that %s', async (_what, listener, words) => {
    answer = listener;
    const { out, exitCode } = await cimd('check', `${origin}/client.json`, '--url', ID);
    expect([exitCode, asked.length]).toEqual([1, 1]);
    expect(out).toContain(words);
  });

  it('shows what a stranger wrote without its control characters', async () => {
    const path = file(
      'client.json',
      JSON.stringify({ client_id: ID, client_name: '\u001b[31mred', redirect_uris: ['\u001b]8;;x'] }),
    );
    expect((await cimd('check', path)).out).not.toContain('\u001b');
  });

  it.each<[readonly string[], string]>([
    [['http://app.example.com/client.json'], 'served over https'],
    [['/nowhere/client.json'], 'it does not exist'],
    [[tmpdir()], 'it is a directory'],
    [[process.execPath], 'no document of a client'],
    [['client.json', '--url', 'app.example.com'], '--url is no URL'],
  ])('is told what it can check: %j', async (args, words) => {
    expect(await cimd('check', ...args)).toMatchObject({ exitCode: 2, out: '', err: expect.stringContaining(words) });
  });

  it('CI-02 asks no address that an authorization server would not', async () => {
    const { out, exitCode } = await cimd('check', 'https://169.254.169.254/client.json');
    expect(exitCode).toBe(1);
    expect(out).toContain('not public');
  });
});
