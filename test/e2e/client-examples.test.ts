import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FormsOpener, startFormsOpener } from '../support/forms-opener.js';
import { type Gate, RELAXED_LIMITS, runProgram, startGate } from '../support/gate.js';
import { NOTES_SERVER, ROOT } from '../support/paths.js';
import { start } from '../support/processes.js';

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
  });

  it('share their sign-in with each other and with the program, also one from before there was another key', async () => {
    const before = newPerson({ PORTCULLIS_STORE_PASSPHRASE: 'a passphrase of before' });
    expect(await before.run('client-sdk-v2/by-fetch.mjs')).toMatchObject({ code: 0 });
    const now = newPerson({ ...before.env, ...STORE_KEY });
    const other = await now.run('client-sdk-v1/by-provider.mjs', 'list_notes');
    expect(other).toMatchObject({ code: 0, stdout: expect.stringMatching(/^welcome$/m) });
    expect(other.stderr).not.toContain('Sign');
    expect(await runProgram(['status', url], { env: now.env })).toMatchObject({ code: 0 });
  });
});
