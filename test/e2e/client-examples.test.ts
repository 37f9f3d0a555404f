import { mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeBlocks } from '../support/code-blocks.js';
import { authorizeByForms, FormBrowser } from '../support/form-browser.js';
import { type FormsOpener, startFormsOpener } from '../support/forms-opener.js';
import { type Gate, RELAXED_LIMITS, runProgram, startGate } from '../support/gate.js';
import { NOTES_SERVER, ROOT } from '../support/paths.js';
import { freePort, start, until } from '../support/processes.js';

// The examples of a client, as they stand there: each signs in by the browser, calls, and is not asked a second time.

let gate: Gate;
let opener: FormsOpener;
let url: string;
let browser: string;

beforeAll(async () => {
  gate = await startGate({
    config: `
upstreams:
  - command: node
    args: [${JSON.stringify(NOTES_SERVER)}, stdio]
    tools: { add_note: [mcp:tools:execute, notes:write] }
    scopes:
      - { name: "mcp:tools:read", description: See which tools there are }
      - { name: "mcp:tools:execute", description: Use them }
      - { name: "notes:write", description: Change your notes }
    defaultScopes: ["mcp:tools:read", "mcp:tools:execute"]
${RELAXED_LIMITS}`,
  });
  url = `${gate.origin}/mcp`;
  opener = await startFormsOpener(gate.origin, gate);
  browser = join(mkdtempSync(join(tmpdir(), 'portcullis-browser-')), 'browser');
  writeFileSync(browser, `#!/bin/sh\nexec ${opener.command} "$@"\n`, { mode: 0o700 });
});

afterAll(async () => {
  await opener?.close();
  await gate?.stop();
});

const STORE_KEY = { PORTCULLIS_STORE_KEY: 'cd'.repeat(32) };

/** A person with a directory of their own, unless `variables` names another. */
function newPerson(variables: Readonly<Record<string, string>> = STORE_KEY) {
  const home = join(mkdtempSync(join(tmpdir(), 'portcullis-example-')), 'home');
  const env = { PORTCULLIS_HOME: home, ...variables };
  return {
    env,
    async run(program: string, ...args: string[]) {
      const running = start(process.execPath, [join(ROOT, 'examples', program), url, ...args], {
        env: { ...process.env, ...env, BROWSER: browser },
      });
      return { code: await running.exited, stdout: running.stdout(), stderr: running.stderr() };
    },
  };
}

const LISTED = /^add_note {2}Keeps a note under a name$/m;

describe('the examples of a client', () => {
  it.each([
    ['client-sdk-v1/by-fetch.mjs', true],
    ['client-sdk-v1/by-provider.mjs', false],
    ['client-sdk-v2/by-fetch.mjs', true],
    ['client-sdk-v2/by-provider.mjs', true],
  ])('%s signs in, lists the tools, calls one, and asks again for more scopes alone', async (program, stepsUp) => {
    const person = newPerson();
    const first = await person.run(program, 'list_notes');
    expect(first).toMatchObject({ code: 0, stdout: expect.stringMatching(LISTED) });
    expect(first.stdout).toMatch(/^welcome$/m);
    expect(first.stderr).toContain(`Signing in at ${gate.origin}`);
    expect(first.stderr).toContain('Signed in.');
    // CX-08: neither where a person reads, nor where a program does.
    expect(first.stdout + first.stderr).not.toMatch(/eyJ|code_verifier/);

    const second = await person.run(program, 'add_note', '{"name":"kept","note":"x"}');
    const [connecting, calling] = second.stderr.split('Calling add_note');
    expect(second.stdout).toMatch(LISTED);
    expect(connecting).not.toContain('Sign');
    // SDK v1 answers the demand for a scope with a refresh, which brings none: docs/client.md says so.
    expect(calling?.includes('Signing in')).toBe(stepsUp);
    expect(second.stdout.includes('Kept "kept".')).toBe(stepsUp);
    expect(second.code).toBe(stepsUp ? 0 : 1);
    if (!stepsUp)
      expect(calling).toMatch(
        /\nThis needs [a-z: ]*notes:write[a-z: ]*\. Sign in for it: .* --scope 'notes:write'[^\n]*\n$/,
      );
  });

  it.each(['client-sdk-v1', 'client-sdk-v2'])('%s say in one line what a person has done wrong', async (example) => {
    const call = (...args: string[]) => {
      const running = start(process.execPath, [join(ROOT, 'examples', example, 'by-fetch.mjs'), ...args]);
      return running.exited.then((code) => ({ code, said: running.stderr().trimEnd().split('\n').at(-1) }));
    };
    const usage = { code: 2, said: expect.stringMatching(/^Usage: /) };
    const port = await freePort();
    const outcomes = [
      call('http://mcp.example.com/mcp'),
      call('https://mcp.example.com/mcp', 'tool', '{bad'),
      call(`http://127.0.0.1:${port}/mcp`),
    ];
    const unreachable = { code: 1, said: expect.stringMatching(/^The server cannot be reached \(ECONNREFUSED\)/) };
    expect(await Promise.all(outcomes)).toEqual([usage, usage, unreachable]);
  });

  it('share their sign-in with each other and with the program, also one from before there was another key', async () => {
    const before = newPerson({ PORTCULLIS_STORE_PASSPHRASE: 'a passphrase of before' });
    expect(await before.run('client-sdk-v2/by-fetch.mjs')).toMatchObject({ code: 0 });
    const now = newPerson({ ...before.env, ...STORE_KEY });
    const other = await now.run('client-sdk-v1/by-provider.mjs', 'list_notes');
    expect(other).toMatchObject({ code: 0, stdout: expect.stringMatching(/^welcome$/m) });
    expect(other.stderr).not.toContain('Sign');
    for (const version of ['v1', 'v2']) {
      const failing = await now.run(`client-sdk-${version}/by-fetch.mjs`, 'count_slowly', '{"steps":0}');
      expect(failing).toMatchObject({ code: 1, stderr: expect.stringMatching(/The tool says that it failed\.\n$/) });
    }
    expect(await runProgram(['status', url], { env: now.env })).toMatchObject({ code: 0 });
  });
});

describe('the samples of docs/client.md', () => {
  const blocks = codeBlocks(readFileSync(join(ROOT, 'docs/client.md'), 'utf8'));
  const samples = blocks.filter(({ language }) => language === 'js').map(({ code }) => code);
  const person = newPerson();

  /** Starts a sample as it stands, but for the addresses; what is added comes behind it. */
  function startSample(index: number, more = '', port = 3000) {
    const directory = mkdtempSync(join(tmpdir(), 'portcullis-sample-'));
    symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
    const code = (samples[index] ?? '')
      .replaceAll('https://mcp.example.com/mcp', url)
      .replaceAll('https://app.example.com', `http://127.0.0.1:${port}`)
      .replaceAll('3000', String(port));
    writeFileSync(join(directory, 'sample.mjs'), code + more);
    // The system's opener is looked for in the path.
    symlinkSync(browser, join(directory, 'xdg-open'));
    const PATH = `${directory}:${process.env['PATH']}`;
    return start(process.execPath, [join(directory, 'sample.mjs')], { env: { ...process.env, ...person.env, PATH } });
  }

  it('are three, and all JSON beside them can be parsed', () => {
    expect(samples).toHaveLength(3);
    for (const { code } of blocks.filter(({ language }) => language === 'json')) JSON.parse(code);
  });

  it.skipIf(process.platform !== 'linux').each([0, 1])('sample %i signs in and connects', async (index) => {
    expect(await runProgram(['logout', url], { env: person.env })).toMatchObject({ code: 0 });
    const more = 'for (const { name } of (await client.listTools()).tools) console.log(name);\nawait client.close();\n';
    const running = startSample(index, more);
    expect({ code: await running.exited, stderr: running.stderr() }).toEqual({ code: 0, stderr: '' });
    expect(running.stdout()).toMatch(/^add_note$/m);
  });

  it('the web application leads away, and uses the server when its user is back', async () => {
    const port = await freePort();
    const running = startSample(2, '', port);
    try {
      const ask = () => fetch(`http://127.0.0.1:${port}/`, { redirect: 'manual' }).catch(() => undefined);
      const away = await until('the sample to answer', ask, 20_000);
      expect(away.status).toBe(302);
      const back = await authorizeByForms(
        new FormBrowser(gate.origin),
        new URL(away.headers.get('location') ?? ''),
        gate,
      );
      const tools = await fetch(back);
      expect(await tools.text()).toMatch(/^add_note$/m);
    } finally {
      await running.stop();
    }
  });
});
