import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type RunResult, run } from '../cli/testing/run-program.js';
import { protectServer } from './testing/protect-server.js';
import { answerJson, type ScriptedServer, startScriptedServer } from './testing/scripted-server.js';

// What a person reads whose sign-in an authorization server does not let through as it is.

/** Follows the address that it is given, as a browser does. */
const BROWSER = `'${process.execPath}' -e 'fetch(process.argv.at(-1))'`;

let server: ScriptedServer;
let home: string;
/** What the authorization endpoint was asked. */
let asked: URLSearchParams[];

beforeAll(async () => {
  server = await startScriptedServer();
});
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'portcullis-refused-'));
  asked = [];
});
afterAll(() => server.close());

const login = (...args: string[]): Promise<RunResult> =>
  run(['login', server.url.href, '--open-command', BROWSER, '--client-id', 'one', ...args], {
    environment: { PORTCULLIS_HOME: home, PORTCULLIS_STORE_KEY: '0'.repeat(64), PATH: '/usr/bin:/bin' },
  });

/** An authorization server with a place to push requests to, which answers a sign-in with what `answer` says of it. */
function answerSignIns(answer: (request: URLSearchParams, isPushed: boolean) => Record<string, string>): void {
  const { origin } = server.url;
  protectServer(server, { metadata: { pushed_authorization_request_endpoint: `${origin}/par` } });
  const rest = server.script;
  let pushed = new URLSearchParams();
  server.script = (request, response) => {
    const { pathname, searchParams } = new URL(response.req.url ?? '', origin);
    if (pathname === '/par') {
      pushed = new URLSearchParams(request.body);
      return answerJson(response, { request_uri: 'urn:x:one', expires_in: 60 }, 201);
    }
    if (pathname !== '/authorize') return rest(request, response);
    asked.push(searchParams);
    const isPushed = searchParams.get('request_uri') === 'urn:x:one';
    const parameters = isPushed ? pushed : searchParams;
    const location = new URL(parameters.get('redirect_uri') ?? '');
    location.search = new URLSearchParams({
      state: parameters.get('state') ?? '',
      ...answer(parameters, isPushed),
    }).toString();
    response.writeHead(303, { location: location.href }).end();
  };
}

/** Holds this client to pushing its requests, as no metadata tell. */
const demandPushed = (): void =>
  answerSignIns((_request, isPushed) =>
    isPushed
      ? { code: 'the-code' }
      : { error: 'invalid_request', error_description: 'Authorization requests have to be pushed.' },
  );

describe('a device', () => {
  /** The words of a server that has the grant, and answers at these places so. */
  const refusedAt = async (path: string, error: string, ...args: string[]): Promise<string> => {
    const { origin } = server.url;
    protectServer(server, {
      metadata: { registration_endpoint: `${origin}/register`, device_authorization_endpoint: `${origin}/device` },
    });
    const rest = server.script;
    server.script = (request, response) =>
      response.req.url === path ? answerJson(response, { error }, 400) : rest(request, response);
    const environment = { PORTCULLIS_HOME: home, PORTCULLIS_STORE_KEY: '0'.repeat(64) };
    const { err, exitCode } = await run(['login', server.url.href, '--device', ...args], { environment });
    expect(exitCode).toBe(1);
    return err;
  };

  it.each([
    ['without a client id, where the server registers none for devices', '/register', 'invalid_redirect_uri', []],
    ['with one that has no device grant', '/device', 'unauthorized_client', ['--client-id', 'web']],
  ])('%s is told how to come by one that has it', async (_title, path, error, args) => {
    const told = await refusedAt(path, error, ...args);
    expect(told).toContain(error);
    expect(told).toContain('device grant');
    expect(told).toContain('npx portcullis clients add NAME --grant device_code --grant refresh_token');
    expect(told).toMatch(/--device --client-id ID\n$/);
  });

  it('is not told so where it is refused for something else', async () => {
    expect(await refusedAt('/device', 'invalid_target', '--client-id', 'web')).not.toContain('clients add');
  });
});

describe('a client that only gets tokens which are bound to a key', () => {
  it('gets them with --dpop, and says so', async () => {
    answerSignIns(() => ({ code: 'the-code' }));
    const rest = server.script;
    const proofs: unknown[] = [];
    server.script = (request, response) => {
      if (response.req.url !== '/token') return rest(request, response);
      proofs.push(request.headers['dpop']);
      if (request.headers['dpop'] === undefined) return answerJson(response, { error: 'invalid_dpop_proof' }, 400);
      answerJson(response, { access_token: 'at-1', token_type: 'DPoP', expires_in: 600 });
    };
    expect(await login()).toMatchObject({ exitCode: 1, err: expect.stringContaining('invalid_dpop_proof') });
    expect(await login('--dpop')).toMatchObject({
      exitCode: 0,
      out: expect.stringContaining('bound to a key of this program'),
    });
    expect(proofs).toEqual([undefined, expect.stringMatching(/^eyJ/)]);
  });
});

describe('a client that has to push its requests', () => {
  it('does with --push, and is let in', async () => {
    demandPushed();
    expect(await login('--push')).toMatchObject({ exitCode: 0, out: expect.stringMatching(/^Signed in/) });
    expect(asked.map((request) => [...request.keys()])).toEqual([['client_id', 'request_uri']]);
  });

  it('is told what the server says, and of --push, where it does not', async () => {
    demandPushed();
    const refused = await login();
    expect(refused).toMatchObject({ exitCode: 1, out: '' });
    expect(refused.err).toBe(
      'portcullis: The authorization server refused the sign-in: invalid_request. It may take only pushed requests of this client: `pushedAuthorizationRequests` of a program, --push of a command. It says: "Authorization requests have to be pushed."\n',
    );
  });

  it('CX-03 is told so in plain characters, and no more than a line', async () => {
    const said = `\u001b[2J\u202e\nportcullis: Signed in. ${'x'.repeat(5000)}`;
    answerSignIns(() => ({ error: 'invalid_request', error_description: said }));
    const { err, exitCode } = await login();
    expect(exitCode).toBe(1);
    expect(err).toMatch(/It says: "\[2J portcullis: Signed in\. x+\.\.\."\n$/);
    expect(err.length).toBeLessThan(500);
    expect(err.trimEnd()).not.toMatch(/[^\x20-\x7e]/);
  });

  it.each(['--device', '--client-credentials'])('has no request to push with %s', async (way) => {
    const refused = await run(['login', server.url.href, '--push', way], { environment: {} });
    expect(refused).toMatchObject({ exitCode: 2, err: expect.stringContaining('--push is for sign-ins in a browser') });
  });
});
