import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Gate, RELAXED_LIMITS, runProgram, startGate } from '../support/gate.js';
import { jsonRpcOf, postMcp, type TokenResponse } from '../support/oauth.js';
import { until } from '../support/processes.js';
import { type RecordingUpstream, startRecordingUpstream } from '../support/recording-upstream.js';

let gate: Gate;
let upstream: RecordingUpstream;
const LIST = { jsonrpc: '2.0', id: 1, method: 'tools/list' };

beforeAll(async () => {
  upstream = await startRecordingUpstream();
  gate = await startGate({ config: `upstreams: [{url: ${JSON.stringify(upstream.url)}}]\n${RELAXED_LIMITS}` });
});

afterAll(async () => {
  await gate?.stop();
  await upstream?.close();
});

/** Runs a command beside the gate and reads its JSON. */
async function manage(...args: string[]): Promise<Record<string, string>> {
  const { code, stdout, stderr } = await runProgram([...args, '--json', '--data-dir', gate.dataDir]);
  const remark = /^From now on there are several resources: [^\n]*\nname the one it means\.\n$/;
  expect(stderr).toMatch(args.join(' ').startsWith('resources add') ? remark : /^$/);
  expect(code).toBe(0);
  return JSON.parse(stdout) as Record<string, string>;
}

const addMachine = (...args: string[]) =>
  manage('clients', 'add', 'Nightly job', '--grant', 'client_credentials', ...args);
const basic = (id: string | undefined, secret: string | undefined): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
});
const postForm = (
  path: string,
  form: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<Response> => fetch(`${gate.origin}${path}`, { method: 'POST', headers, body: new URLSearchParams(form) });
const askToken = (form: Record<string, string>, headers: Record<string, string> = {}): Promise<Response> =>
  postForm('/token', { grant_type: 'client_credentials', ...form }, headers);

async function tokenOf(response: Response): Promise<TokenResponse> {
  expect(response.status).toBe(200);
  return (await response.json()) as TokenResponse;
}

async function statusWith(accessToken: string, message: unknown = LIST): Promise<number> {
  const response = await postMcp(`${gate.origin}/mcp`, accessToken, message);
  await response.body?.cancel();
  return response.status;
}

describe('a machine that the operator added while the gate runs', () => {
  it('gets a token with its secret and calls through the gate, as far as its scopes go', async () => {
    const { clientId, clientSecret } = await addMachine('--scope', 'mcp:tools:read');
    const tokens = await tokenOf(await askToken({ resource: `${gate.origin}/mcp` }, basic(clientId, clientSecret)));
    expect(tokens.scope).toBe('mcp:tools:read');
    expect(tokens).not.toHaveProperty('refresh_token');
    const answer = await postMcp(`${gate.origin}/mcp`, tokens.access_token, LIST);
    expect(answer.status).toBe(200);
    expect(await jsonRpcOf(answer)).toMatchObject({ id: 1, result: {} });
    const call = { jsonrpc: '2.0', id: 2, method: 'tools/call', params: { name: 'echo', arguments: {} } };
    expect(await statusWith(tokens.access_token, call)).toBe(403);
    expect((await askToken({}, basic(clientId, `${clientSecret}x`))).status).toBe(401);
    expect((await askToken({ client_id: clientId ?? '' })).status).toBe(401);
  });

  it('signs in by the program with the scopes it was given, named or not', async () => {
    const { clientId = '', clientSecret = '' } = await addMachine('--scope', 'mcp:tools:read');
    const home = join(mkdtempSync(join(tmpdir(), 'portcullis-client-')), 'home');
    const env = {
      PORTCULLIS_HOME: home,
      PORTCULLIS_STORE_KEY: 'ab'.repeat(32),
      PORTCULLIS_CLIENT_SECRET: clientSecret,
    };
    const machine = [`${gate.origin}/mcp`, '--client-credentials', '--client-id', clientId];
    const login = (...args: string[]) => runProgram(['login', ...machine, '--json', ...args], { env });
    for (const args of [[], ['--scope', 'mcp:tools:read']]) {
      const { code, stdout } = await login(...args);
      expect({ code, scopes: JSON.parse(stdout).scopes }).toEqual({ code: 0, scopes: ['mcp:tools:read'] });
    }
    expect(await login('--scope', 'mcp:tools:execute')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/invalid_scope\..*: mcp:tools:execute\. .*--scope/),
    });
  });

  it('sends its secret in the body where it was added so', async () => {
    const { clientId = '', clientSecret = '' } = await addMachine('--secret-post');
    const tokens = await tokenOf(await askToken({ client_id: clientId, client_secret: clientSecret }));
    expect(await statusWith(tokens.access_token)).toBe(200);
    expect((await askToken({}, basic(clientId, clientSecret))).status).toBe(401);
  });

  it('signs with a key of its own, each assertion once', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const file = join(mkdtempSync(join(tmpdir(), 'portcullis-keys-')), 'public.json');
    writeFileSync(file, JSON.stringify({ keys: [publicKey.export({ format: 'jwk' })] }));
    const { clientId = '' } = await addMachine('--jwks-file', file);
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: clientId, sub: clientId, aud: gate.origin, iat: now, exp: now + 60, jti: randomUUID() };
    const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
    const input = `${encode({ alg: 'ES256', typ: 'JWT' })}.${encode(claims)}`;
    const signature = sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' });
    const assertion = {
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: `${input}.${signature.toString('base64url')}`,
    };
    expect(await statusWith((await tokenOf(await askToken(assertion))).access_token)).toBe(200);
    expect((await askToken(assertion)).status).toBe(401);
  });

  it('has another secret after rotate-secret, and is stopped within seconds of remove', async () => {
    const { clientId = '', clientSecret } = await addMachine();
    const tokens = await tokenOf(await askToken({}, basic(clientId, clientSecret)));
    const renewed = await manage('clients', 'rotate-secret', clientId);
    expect((await askToken({}, basic(clientId, clientSecret))).status).toBe(401);
    await tokenOf(await askToken({}, basic(clientId, renewed['clientSecret'])));
    expect(await statusWith(tokens.access_token)).toBe(200);

    await manage('clients', 'remove', clientId);
    expect((await askToken({}, basic(clientId, renewed['clientSecret']))).status).toBe(401);
    const stopped = async () => ((await statusWith(tokens.access_token)) === 401 ? true : undefined);
    await until('the access token of the removed client to stop', stopped, 5000);
  });
});

describe('a gate that changes its algorithm', () => {
  it('publishes the key of the new one beside the old, and takes tokens of both', async () => {
    const dataDir = join(mkdtempSync(join(tmpdir(), 'portcullis-test-')), 'data');
    const start = (algorithm: string): Promise<Gate> =>
      startGate({
        dataDir,
        config: `upstreams: [{url: ${JSON.stringify(upstream.url)}}]\nsigning: {algorithm: ${algorithm}}\n${RELAXED_LIMITS}`,
      });
    const added = ['clients', 'add', 'Job', '--grant', 'client_credentials', '--json', '--data-dir', dataDir];
    const { clientId, clientSecret } = JSON.parse((await runProgram(added)).stdout) as Record<string, string>;
    const ask = async ({ origin }: Gate): Promise<string> => {
      const body = new URLSearchParams({ grant_type: 'client_credentials' });
      const response = await fetch(`${origin}/token`, { method: 'POST', headers: basic(clientId, clientSecret), body });
      return (await tokenOf(response)).access_token;
    };
    const algorithmOf = (token: string): unknown =>
      (JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as { alg?: unknown }).alg;
    const first = await start('RS256');
    const token = await ask(first);
    expect(algorithmOf(token)).toBe('RS256');
    expect((await postMcp(`${first.origin}/mcp`, token, LIST)).status).toBe(200);
    await first.stop();

    const second = await start('ES256');
    const keysOf = async (): Promise<{ kty: string }[]> =>
      ((await (await fetch(`${second.origin}/jwks`)).json()) as { keys: { kty: string }[] }).keys;
    const both = async () => ((await keysOf()).length === 2 ? true : undefined);
    await until('the successor to be published', both, 10_000);
    expect((await keysOf()).map(({ kty }) => kty).sort()).toEqual(['EC', 'RSA']);
    expect(algorithmOf(await ask(second))).toBe('RS256');
    const rotate = ['keys', 'rotate', '--at-once', '--json', '--data-dir', dataDir];
    expect(JSON.parse((await runProgram(rotate)).stdout)).toMatchObject({ made: { algorithm: 'ES256' } });
    const signsAnew = async () => {
      const fresh = await ask(second);
      return algorithmOf(fresh) === 'ES256' ? fresh : undefined;
    };
    const fresh = await until('the gate to sign with the new key', signsAnew, 45_000);
    expect((await postMcp(`${second.origin}/mcp`, fresh, LIST)).status).toBe(200);
    await second.stop();
  });
});

describe('a server elsewhere that the operator registered', () => {
  it('TK-06 is told of tokens for itself, and of no others', async () => {
    const elsewhere = 'https://files.example.com/mcp';
    const server = await manage('resources', 'add', elsewhere, '--name', 'Files');
    const { clientId, clientSecret } = await addMachine();
    const own = await tokenOf(await askToken({ resource: elsewhere }, basic(clientId, clientSecret)));
    const others = await tokenOf(await askToken({ resource: `${gate.origin}/mcp` }, basic(clientId, clientSecret)));
    const introspect = async (token: string, secret = server['secret']): Promise<unknown> => {
      const response = await postForm('/introspect', { token }, basic(server['resourceServerId'], secret));
      return response.status === 200 ? response.json() : response.status;
    };
    expect(await introspect(own.access_token)).toMatchObject({ active: true, aud: elsewhere, client_id: clientId });
    expect(await introspect(others.access_token)).toEqual({ active: false });
    expect(await introspect(own.access_token, 'wrong')).toBe(401);
    // The gate itself takes no token that is meant for somebody else.
    expect(await statusWith(own.access_token)).toBe(401);

    const renewed = await manage('resources', 'rotate-secret', elsewhere);
    expect(await introspect(own.access_token)).toBe(401);
    expect(await introspect(own.access_token, renewed['secret'])).toMatchObject({ active: true });

    await manage('resources', 'remove', elsewhere);
    expect(await introspect(own.access_token, renewed['secret'])).toBe(401);
    expect((await askToken({ resource: elsewhere }, basic(clientId, clientSecret))).status).toBe(400);
  });
});
