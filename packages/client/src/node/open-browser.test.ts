import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { openBrowser, type StartOptions, type StartProgram } from './open-browser.js';

const PLATFORMS = ['linux', 'darwin', 'win32'] as const;
const OPENERS = {
  linux: ['xdg-open'],
  darwin: ['/usr/bin/open'],
  win32: ['C:\\Windows\\System32\\rundll32.exe', 'url.dll,FileProtocolHandler'],
} as const;

/** Keeps what would have been started. */
function spy() {
  const started: { command: string; args: readonly string[]; options: StartOptions }[] = [];
  const start: StartProgram = async (command, args, options) => {
    started.push({ command, args, options });
    return true;
  };
  return { started, start };
}

/** Undoes escapes, and leaves a `%` that begins none. */
const decode = (text: string): string =>
  text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

/** What a server may name as its authorization endpoint, and the one argument that is made of it. */
const HOSTILE: readonly (readonly [endpoint: string, argument: string])[] = [
  ['https://as.test/$(calc)?a=$(calc)', 'https://as.test/%24%28calc%29?a=%24%28calc%29'],
  ['https://as.test/`calc`?a=`calc`', 'https://as.test/%60calc%60?a=%60calc%60'],
  ['https://as.test/";calc;"?a=";calc;"', 'https://as.test/%22%3Bcalc%3B%22?a=%22%3Bcalc%3B%22'],
  ["https://as.test/';calc;'?a=';calc;'", 'https://as.test/%27%3Bcalc%3B%27?a=%27%3Bcalc%3B%27'],
  ['https://as.test/a&calc&?a=1&calc', 'https://as.test/a%26calc%26?a=1&calc'],
  ['https://as.test/a|calc?a=|calc', 'https://as.test/a%7Ccalc?a=%7Ccalc'],
  ['https://as.test/%COMSPEC%?a=%COMSPEC%', 'https://as.test/%25COMSPEC%25?a=%25COMSPEC%25'],
  ['https://as.test/a\ncalc\r\n?a=\ncalc', 'https://as.test/acalc?a=calc'],
  ['https://as.test/--help -x?-x', 'https://as.test/--help%20-x?-x'],
  ['https://as.test/^>a<b!(){}*', 'https://as.test/%5E%3Ea%3Cb%21%28%29%7B%7D%2A'],
  ['https://-x.test/', 'https://-x.test/'],
  ['http://[::1]:8080/authorize?a=%20b', 'http://[::1]:8080/authorize?a=%20b'],
];

describe.each(PLATFORMS)('an address on %s', (platform) => {
  it.each(HOSTILE)('CX-01 is one argument of one program, and no shell sees it: %j', async (endpoint, argument) => {
    const { started, start } = spy();
    const environment = { PATH: '/bin' };
    expect(await openBrowser(new URL(endpoint), { platform, start, environment })).toBe(true);
    const [command, ...first] = OPENERS[platform];
    const options = { shell: false, stdio: 'ignore', detached: true, windowsHide: true, env: environment };
    expect(started).toEqual([{ command, args: [...first, argument], options }]);
    expect(started[0]?.command).not.toMatch(/(^|[\\/])(cmd|powershell|pwsh|sh|bash)(\.exe)?$/i);
    // What a browser makes of it is what the server meant.
    expect(new URL(argument).href).toBe(argument);
    const meant = (url: URL) => [url.host, decode(url.pathname), [...url.searchParams]];
    expect(meant(new URL(argument))).toEqual(meant(new URL(endpoint)));
  });

  it.each([
    'javascript:alert(1)',
    'file:///etc/passwd',
    'ms-msdt:/id PCWDiagnostic',
    'data:text/html,x',
    'http://as.test/authorize',
    'http://192.168.0.1/authorize',
    'http://127.0.0.1.as.test/authorize',
    'https://user:secret@as.test/authorize',
    'https://as.test/authorize#fragment',
    'https://$(calc).test/authorize',
    'https://a&calc.test/authorize',
    'https://`calc`.test/authorize',
    `https://as.test/${'x'.repeat(64 * 1024)}`,
    `https://as.test/${'$'.repeat(4000)}`,
  ])('CX-01 is refused, and nothing is started: case %#', async (endpoint) => {
    const { started, start } = spy();
    await expect(openBrowser(new URL(endpoint), { platform, start })).rejects.toMatchObject({ code: 'url_refused' });
    expect(started).toEqual([]);
  });
});

it('CX-01 on Windows the program is the one of the system, wherever that is, and not one in this directory', async () => {
  const { started, start } = spy();
  for (const environment of [{ SYSTEMROOT: 'D:\\Win' }, { SystemRoot: '.' }, {}]) {
    await openBrowser(new URL('https://as.test/'), { platform: 'win32', start, environment });
  }
  expect(started.map(({ command }) => command)).toEqual([
    'D:\\Win\\System32\\rundll32.exe',
    'C:\\Windows\\System32\\rundll32.exe',
    'C:\\Windows\\System32\\rundll32.exe',
  ]);
});

/** Writes what it was started with to the file that its first argument names, all at once. */
const RECORDER = `const { renameSync, writeFileSync } = require('node:fs');
const [, file, ...args] = process.argv;
writeFileSync(file + '.part', JSON.stringify({ args, environment: process.env }));
renameSync(file + '.part', file);`;

it('CX-01 CX-08 a program that is really started gets the address, runs nothing in it, and none of our secrets', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'portcullis-open-'));
  const file = join(directory, 'started');
  const touch = `touch\${IFS}${directory}/ran`;
  vi.stubEnv('PORTCULLIS_STORE_KEY', 'the-store-key');
  vi.stubEnv('Portcullis_Client_Secret', 'the-client-secret');
  try {
    const endpoint = new URL(`https://as.test/$(${touch})\`${touch}\`";${touch};"&${touch}|${touch}?a=$(${touch})`);
    const command = [process.execPath, '-e', RECORDER, file] as const;
    expect(await openBrowser(endpoint, { command })).toBe(true);
    await expect.poll(() => existsSync(file), { timeout: 10_000 }).toBe(true);
    const text = readFileSync(file, 'utf8');
    const { args, environment } = JSON.parse(text) as { args: string[]; environment: Record<string, string> };
    expect(args).toHaveLength(1);
    expect(decode(new URL(args[0] ?? '').pathname)).toBe(decode(endpoint.pathname));
    expect(environment['PATH']).toBe(process.env['PATH']);
    expect(text).not.toMatch(/PORTCULLIS_|the-store-key|the-client-secret/i);
    expect(readdirSync(directory)).toEqual(['started']);
  } finally {
    vi.unstubAllEnvs();
  }
});

it.each([
  ['is not there', '/nowhere/browser'],
  ['Node does not start', 'browser\0'],
])('says that no browser opened where its program %s', async (_which, program) => {
  expect(await openBrowser(new URL('https://as.test/'), { command: [program] })).toBe(false);
});
