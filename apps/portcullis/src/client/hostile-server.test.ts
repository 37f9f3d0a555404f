import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RunResult, run } from '../cli/testing/run-program.js';
import { protectServer } from './testing/protect-server.js';
import { createRecordingBrowser } from './testing/recording-browser.js';
import { answerJson, type ScriptedServer, startScriptedServer } from './testing/scripted-server.js';

let server: ScriptedServer;
let home: string;

beforeEach(async () => {
  server = await startScriptedServer();
  home = join(mkdtempSync(join(tmpdir(), 'portcullis-client-')), 'home');
});

afterEach(() => server.close());

function portcullis(args: readonly string[], environment: Record<string, string> = {}): Promise<RunResult> {
  return run(args, {
    environment: { PORTCULLIS_HOME: home, PORTCULLIS_STORE_KEY: '0'.repeat(64), PATH: '/usr/bin:/bin', ...environment },
  });
}

describe('the address that a server names for the browser', () => {
  it.each([
    'javascript:alert(1)',
    'file:///etc/passwd',
    'ms-msdt:/id PCWDiagnostic',
    'http://as.example/authorize',
    'https://$(calc).example/authorize',
    'https://as.example/authorize\n--help',
    '-https://as.example/authorize',
    '--version',
    `https://as.example/${'x'.repeat(64 * 1024)}`,
  ])('CX-01 ends the sign-in, and nothing is started: case %#', async (endpoint) => {
    const browser = createRecordingBrowser();
    protectServer(server, { metadata: { authorization_endpoint: endpoint } });
    const args = ['login', server.url.href, '--client-id', 'one', '--open-command', browser.openCommand];
    const refused = await portcullis(args);
    // 2 is for what the user has written.
    expect(refused.exitCode).toBe(1);
    expect(refused).toMatchObject({ out: '', err: expect.stringMatching(/^portcullis: /) });
    expect(refused.notes).not.toContain('open this address');
    expect(browser.wasStarted()).toBe(false);
  });

  it('CX-01 is one argument, and what stands in it is not run', async () => {
    const browser = createRecordingBrowser();
    const { origin } = server.url;
    const path = `/authorize/$(calc)\`calc\`";calc;"&calc|%COMSPEC%`;
    protectServer(server, { metadata: { authorization_endpoint: origin + path } });
    const args = ['login', server.url.href, '--client-id', 'one', '--open-command', browser.openCommand];
    expect(await portcullis(args)).toMatchObject({ exitCode: 0, out: expect.stringMatching(/^Signed in/) });
    const plain = '/authorize/%24%28calc%29%60calc%60%22%3Bcalc%3B%22%26calc%7C%25COMSPEC%25?';
    expect(browser.address().startsWith(origin + plain)).toBe(true);
    expect(JSON.parse(browser.record())).toMatchObject({ args: [browser.address()] });
  });
});

/** Writes to the clipboard, clears the screen, makes a link, turns the text around, and all of it in C1 too. */
const HOSTILE =
  '\u001b]52;c;aGk=\u0007\u001b[2J\u001b]8;;http://evil.example\u001b\\x\u001b]8;;\u001b\\\u202eb\u2066c\u009b2J\u009d0;t\u009c\u0000\r\u0008\u007f\u2028\u206fend\u{e0041}';
const COMMANDING =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are exactly what is looked for
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e007f}]/u;

describe('what a server writes', () => {
  /** Everything that a server chooses, in answers that go well. */
  function protectWithHostileWords(): void {
    const content = [
      { type: 'text', text: HOSTILE },
      { type: HOSTILE, mimeType: HOSTILE, data: HOSTILE },
      { type: 'resource_link', uri: HOSTILE, name: HOSTILE },
      { type: 'resource', resource: { uri: HOSTILE, text: HOSTILE } },
    ];
    protectServer(server, {
      metadata: { service_documentation: HOSTILE },
      tokens: { refresh_token: 'rt-1', scope: 'a b' },
      results: {
        initialize: { protocolVersion: '2025-11-25', serverInfo: { name: HOSTILE, version: HOSTILE } },
        'tools/list': {
          tools: [
            { name: HOSTILE, description: HOSTILE, inputSchema: { properties: { [HOSTILE]: {} } } },
            { name: 'x', title: HOSTILE },
          ],
        },
        'tools/call': { content, structuredContent: { [HOSTILE]: HOSTILE }, isError: true },
      },
    });
  }

  const MACHINE = ['--client-credentials', '--client-id', HOSTILE.replaceAll('\u0000', '')];
  const debug = { PORTCULLIS_DEBUG: '1', PORTCULLIS_CLIENT_SECRET: 'its-secret' };

  it('CX-03 commands no terminal, whichever command prints it', async () => {
    protectWithHostileWords();
    const { href } = server.url;
    const commands = [
      ['login', href, ...MACHINE],
      ['status', href],
      ['tools', href, ...MACHINE],
      ['call', href, 'x', ...MACHINE],
      ['token', href, ...MACHINE],
      ['logout', href, ...MACHINE],
    ];
    for (const command of commands) {
      for (const more of [[], ['--json']]) {
        const { out, notes, err } = await portcullis([...command, ...more], debug);
        expect([command[0], out === '', COMMANDING.exec(out + notes + err)]).toEqual([command[0], false, null]);
      }
    }
  });

  it('CX-03 is whole in JSON for whoever parses it', async () => {
    protectWithHostileWords();
    const { href } = server.url;
    const tools = await portcullis(['tools', href, ...MACHINE, '--json'], debug);
    expect(JSON.parse(tools.out)).toMatchObject([{ name: HOSTILE, description: HOSTILE }, { title: HOSTILE }]);
    const called = await portcullis(['call', href, 'x', ...MACHINE, '--json'], debug);
    expect(JSON.parse(called.out)).toMatchObject({ structuredContent: { [HOSTILE]: HOSTILE } });
  });

  it('CX-03 commands no terminal in errors either', async () => {
    const { origin, href } = server.url;
    const metadata = {
      registration_endpoint: `${origin}/register`,
      device_authorization_endpoint: `${origin}/device`,
    };
    protectServer(server, { metadata });
    const rest = server.script;
    const error = { error: HOSTILE, error_description: HOSTILE, error_uri: HOSTILE };
    const device = { device_code: 'dc', user_code: HOSTILE, verification_uri: `${origin}/enter`, expires_in: 60 };
    // What a header can hold of it.
    const inHeader = HOSTILE.replace(/[^\u0020-\u007e\u0080-\u00ff]/g, '');
    type Answer = (response: Parameters<typeof rest>[1]) => void;
    const refuse = (challenge: string): Answer => {
      return (response) => void response.writeHead(401, { 'www-authenticate': challenge }).end();
    };
    const fail = { login: 1, tools: 1 };
    const ways: [path: string, exitCodes: { login: number; tools: number }, answer: Answer][] = [
      ['/register', fail, (response) => answerJson(response, error, 400)],
      // A client may have any id.
      ['/register', { login: 0, tools: 0 }, (response) => answerJson(response, { client_id: HOSTILE }, 201)],
      ['/token', fail, (response) => answerJson(response, error, 400)],
      ['/device', fail, (response) => answerJson(response, error, 400)],
      ['/device', fail, (response) => answerJson(response, device)],
      ['/.well-known/', fail, (response) => answerJson(response, { issuer: HOSTILE, resource: HOSTILE })],
      // Nothing in it is needed to sign in.
      ['/mcp', { login: 0, tools: 1 }, refuse(`Bearer scope="${inHeader}", error="${inHeader}"`)],
      ['/mcp', fail, (response) => void response.writeHead(500, inHeader).end(HOSTILE)],
      [
        '/mcp',
        { login: 0, tools: 1 },
        (response) => answerJson(response, { jsonrpc: '2.0', id: 1, error: { code: 1, message: HOSTILE } }),
      ],
    ];
    for (const [index, [path, exitCodes, answer]] of ways.entries()) {
      server.script = (request, response) => {
        if (response.req.url?.startsWith(path) === true) answer(response);
        else rest(request, response);
      };
      const client = path === '/register' ? [] : ['--client-id', 'one', '--issuer', origin];
      const way = path === '/device' ? ['--device'] : ['--open-command', createRecordingBrowser().openCommand];
      for (const command of ['login', 'tools'] as const) {
        const args = [command, href, '--profile', String(index), ...client, ...way];
        const { out, notes, err, exitCode } = await portcullis(args, { PORTCULLIS_DEBUG: '1' });
        expect([index, command, COMMANDING.exec(out + notes + err)]).toEqual([index, command, null]);
        expect([index, command, exitCode]).toEqual([index, command, exitCodes[command]]);
      }
    }
  });
});
