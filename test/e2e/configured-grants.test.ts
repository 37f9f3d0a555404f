import { mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeJwt, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { codeBlocks } from '../support/code-blocks.js';
import { startFormsOpener } from '../support/forms-opener.js';
import { type Gate, runProgram, startGate } from '../support/gate.js';
import { NOTES_SERVER, ROOT } from '../support/paths.js';
import { freePort, start } from '../support/processes.js';

// What of the extended authorization server an operator configures, at the gate as it is started: over HTTP, by its host.

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const SECRET = 'notes-Zq7vK2mX9dLr4TpWc8YbN3hJ6sFgA1eUoQiR';
const JSON_BODY = { 'content-type': 'application/json' };

const BATCH_SECRET = 'a secret of this test, of 32 bytes and more';

let gate: Gate;
let resource: string;
let workloadKey: CryptoKey;
let holder: CryptoKeyPair;

beforeAll(async () => {
  const port = await freePort();
  const pair = await generateKeyPair('ES256', { extractable: true });
  workloadKey = pair.privateKey;
  holder = await generateKeyPair('ES256', { extractable: true });
  resource = `http://127.0.0.1:${port}/mcp`;
  const identity = `{name: deploy, claims: {sub: {startsWith: "job-"}}, resources: ["${resource}"], scopes: ["mcp:tools:read"]}`;
  gate = await startGate({
    port,
    env: { ASSISTANT_SECRET: SECRET, BATCH_SECRET },
    config: `
pushedAuthorizationRequests: required
dpop: {requireNonce: true}
upstreams: [{command: node, args: ["${NOTES_SERVER}"], dpop: {required: true}}]
assertionIssuers:
  - kind: workload
    name: builds
    issuer: https://builds.example.com
    jwks: ${JSON.stringify({ keys: [await exportJWK(pair.publicKey)] })}
    identities: [${identity}]
  - kind: identity_provider
    issuer: https://idp.example.com
    jwks: ${JSON.stringify({ keys: [await exportJWK(pair.publicKey)] })}
clients:
  - {clientId: assistant, clientName: Assistant, grantTypes: [jwt-bearer], clientSecret: {env: ASSISTANT_SECRET}}
  - {clientId: screen, clientName: Screen, grantTypes: [device_code]}
  - {clientId: batch, clientName: Batch, grantTypes: [client_credentials], clientSecret: {env: BATCH_SECRET}}
`,
  });
});

afterAll(async () => {
  await gate?.stop();
});

const json = async (path: string, init?: RequestInit): Promise<Record<string, unknown>> =>
  (await (await fetch(gate.origin + path, init)).json()) as Record<string, unknown>;

function assertion(claims: Record<string, unknown>): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({ iss: 'https://builds.example.com', aud: gate.origin, jti: crypto.randomUUID(), ...claims })
    .setProtectedHeader({ alg: 'ES256' })
    .setIssuedAt(now)
    .setExpirationTime(now + 60)
    .sign(workloadKey);
}

async function proofOf(nonce: string | undefined): Promise<string> {
  const claims = { jti: crypto.randomUUID(), htm: 'POST', htu: `${gate.origin}/token` };
  const jwk = await exportJWK(holder.publicKey);
  return new SignJWT({ ...claims, ...(nonce === undefined ? {} : { nonce }) })
    .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk })
    .setIssuedAt()
    .sign(holder.privateKey);
}

/** Asks with a proof that has the nonce which the first answer gives. */
async function proven(ask: (headers: Record<string, string>) => Promise<Response>): Promise<Response> {
  const first = await ask({ dpop: await proofOf(undefined) });
  expect([first.status, await first.json()]).toMatchObject([400, { error: 'use_dpop_nonce' }]);
  return ask({ dpop: await proofOf(first.headers.get('dpop-nonce') ?? '') });
}

const byAssertion = async (claims: Record<string, unknown>, headers = {}): Promise<Response> =>
  fetch(`${gate.origin}/token`, {
    method: 'POST',
    headers: { ...FORM, ...headers },
    body: new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion: await assertion(claims),
      resource,
    }),
  });

it('PD-01 says in its metadata what it asks for', async () => {
  expect(await json('/.well-known/oauth-authorization-server')).toMatchObject({
    require_pushed_authorization_requests: true,
    pushed_authorization_request_endpoint: `${gate.origin}/par`,
    device_authorization_endpoint: `${gate.origin}/device_authorization`,
  });
  expect(await json('/.well-known/oauth-protected-resource/mcp')).toMatchObject({
    dpop_bound_access_tokens_required: true,
  });
});

it('XG-05 takes a workload for the service that its claims make it, and nobody else', async () => {
  const assertionOfJob = { sub: 'job-7', jti: 'job-7' };
  const answer = await proven((headers) => byAssertion(assertionOfJob, headers));
  const { access_token: token } = (await answer.json()) as { access_token: string };
  expect([answer.status, decodeJwt(token)]).toMatchObject([200, { sub: 'workload:builds:deploy', aud: resource }]);
  expect((await proven((headers) => byAssertion({ sub: 'task-7' }, headers))).status).toBe(400);
  // A token that is bound to no key would open nothing at an upstream that asks for one, and is not issued.
  const unbound = await byAssertion({ sub: 'job-7' });
  expect([unbound.status, await unbound.json()]).toMatchObject([400, { error: 'invalid_dpop_proof' }]);
  const call = await fetch(resource, { method: 'POST', headers: { authorization: `Bearer ${token}` } });
  expect([call.status, call.headers.get('www-authenticate')]).toEqual([401, expect.stringMatching(/^DPoP /)]);
});

it('PD-03 asks for a nonce in a proof, and gives it', async () => {
  const answer = await proven((headers) => byAssertion({ sub: 'job-9' }, headers));
  expect([answer.status, await answer.json()]).toMatchObject([200, { token_type: 'DPoP' }]);
});

it('XG-04 keeps out whom the operator disables by the name their provider gave them', async () => {
  const present = async (): Promise<Response> => {
    const now = Math.floor(Date.now() / 1000);
    const idJag = await new SignJWT({
      client_id: 'assistant',
      resource,
      email: 'ada@corp.example',
      scope: 'mcp:tools:read',
    })
      .setProtectedHeader({ alg: 'ES256', typ: 'oauth-id-jag+jwt' })
      .setIssuer('https://idp.example.com')
      .setSubject('U019488227')
      .setAudience(gate.origin)
      .setJti(crypto.randomUUID())
      .setIssuedAt(now)
      .setExpirationTime(now + 60)
      .sign(workloadKey);
    const grant_type = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
    const headers = { ...FORM, authorization: `Basic ${btoa(`assistant:${SECRET}`)}` };
    const body = new URLSearchParams({ grant_type, assertion: idJag });
    return proven((proof) =>
      fetch(`${gate.origin}/token`, { method: 'POST', headers: { ...headers, ...proof }, body }),
    );
  };
  const users = async (...args: string[]) => (await runProgram(['users', ...args, '--data-dir', gate.dataDir])).stdout;
  expect((await present()).status).toBe(200);
  expect(await users('list')).toMatch(/^ada@corp\.example +admitted +\S+ +elsewhere +\S{43}$/m);
  expect(await users('disable', 'ada@corp.example')).toContain('Disabled ada@corp.example.');
  const refused = await present();
  expect([refused.status, await refused.json()]).toMatchObject([400, { error: 'invalid_grant' }]);
  await users('enable', 'ada@corp.example');
  expect((await present()).status).toBe(200);
});

it('PD-05 lets the program of the manual in, nonce by nonce', async () => {
  const [program] = codeBlocks(readFileSync(join(ROOT, 'docs/authorization-server/dpop.md'), 'utf8'))
    .filter(({ language }) => language === 'js')
    .map(({ code }) => code);
  const directory = mkdtempSync(join(tmpdir(), 'portcullis-proof-'));
  symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
  writeFileSync(join(directory, 'call.mjs'), program ?? '');
  const env = { ...process.env, CLIENT_ID: 'batch', CLIENT_SECRET: BATCH_SECRET };
  const running = start(process.execPath, [join(directory, 'call.mjs'), resource], { env });
  expect(await running.exited, running.stderr()).toBe(0);
  expect(running.stdout()).toMatch(/^DPoP\n200 .*"serverInfo"/s);
});

it('DV-01 gives a configured device a code, and people the page for it', async () => {
  const body = new URLSearchParams({ client_id: 'screen', resource });
  const started = await json('/device_authorization', { method: 'POST', headers: FORM, body });
  expect(started).toMatchObject({ verification_uri: `${gate.origin}/device`, interval: 5, expires_in: 600 });
  const page = await fetch(`${gate.origin}/device`);
  expect([page.status, page.headers.get('content-type')]).toEqual([200, expect.stringContaining('text/html')]);
});

it('DC-06 lets a client that registered itself change and delete that, with bodies bounded as elsewhere', async () => {
  const metadata = { client_name: 'Before', redirect_uris: ['https://app.example.com/cb'] };
  const made = await json('/register', { method: 'POST', headers: JSON_BODY, body: JSON.stringify(metadata) });
  const { client_id, registration_client_uri: uri, registration_access_token: token } = made;
  const authorization = `Bearer ${token}`;
  const put = (body: unknown): Promise<Response> =>
    fetch(String(uri), { method: 'PUT', headers: { ...JSON_BODY, authorization }, body: JSON.stringify(body) });
  const changed = await put({ ...metadata, client_id, client_name: 'After' });
  expect([changed.status, await changed.json()]).toMatchObject([200, { client_name: 'After' }]);
  expect((await put({ ...metadata, client_id, client_name: 'a'.repeat(20_000) })).status).toBe(413);
  expect((await put({ ...metadata, client_id, client_name: 'a'.repeat(70_000) })).status).toBe(413);
  const answer = await fetch(String(uri), { method: 'DELETE', headers: { authorization } });
  expect(answer.status).toBe(204);
});

it('lets our own client in, which pushes and proves, and says of itself that ordinary ones do not get in', async () => {
  const opener = await startFormsOpener(gate.origin, gate);
  const home = join(mkdtempSync(join(tmpdir(), 'portcullis-pushing-')), 'home');
  const env = { PORTCULLIS_HOME: home, PORTCULLIS_STORE_KEY: 'ab'.repeat(32) };
  const signedIn = await runProgram(['login', resource, '--open-command', opener.command], { env });
  expect(signedIn).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Signed in\./) });
  expect(opener.opened.map(({ searchParams }) => [...searchParams.keys()])).toEqual([['client_id', 'request_uri']]);
  const listed = await runProgram(['tools', resource, '--no-sign-in'], { env });
  expect(listed).toMatchObject({ code: 0, stdout: expect.stringContaining('(') });
  await opener.close();

  const demand = /Only clients that push their sign-in requests .* and prove a key .* get in here/;
  expect(gate.running.stdout()).toMatch(demand);
  expect(await (await fetch(resource, { headers: { accept: 'text/html' } })).text()).toMatch(demand);
});
