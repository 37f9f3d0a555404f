import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { TEST_PASSWORD } from '../support/gate.js';
import { NOTES_SERVER, PROGRAM, ROOT } from '../support/paths.js';
import { freePort, type Running, start, until } from '../support/processes.js';

// Something for each kind of quote to hold.
const folder = join(mkdtempSync(join(tmpdir(), 'portcullis-printed-')), `it's my $HOME "gate"`);
const dataDir = join(folder, 'my data');
let gate: Running | undefined;

afterEach(async () => {
  await gate?.stop();
});

/** Starts a gate as its operator does, in the folder of its configuration; answers the command about users that it prints. */
async function startAndRead(config: string): Promise<string> {
  gate = start(process.execPath, [PROGRAM, 'gateway', '--config', config], {
    cwd: folder,
    env: { ...process.env, NO_COLOR: '1' },
  });
  const { stdout, stderr } = gate;
  return until('the banner', () => /npx portcullis users .*(?=\n)/.exec(stdout())?.[0]).catch((error: unknown) => {
    throw new Error(`The gate did not start:\n${stdout()}\n${stderr()}`, { cause: error });
  });
}

/** What becomes of a line that is pasted into a shell, somewhere else than the gate was started. */
async function paste(line: string): Promise<{ code: number | NodeJS.Signals; stdout: string; stderr: string }> {
  const shell = start('sh', ['-c', line], { cwd: ROOT, env: { ...process.env, PASSWORD: TEST_PASSWORD } });
  shell.child.stdin?.end();
  const code = await shell.exited;
  return { code, stdout: shell.stdout(), stderr: shell.stderr() };
}

it('a command that a start prints reaches the gate’s own store, pasted into a shell, with any path', async () => {
  mkdirSync(folder);
  const config = 'my portcullis.yaml';
  writeFileSync(
    join(folder, config),
    `dataDir: my data
port: ${await freePort()}
upstreams:
  - command: node
    args: [${JSON.stringify(NOTES_SERVER)}, stdio]
`,
  );
  const resetPassword = await startAndRead(config);
  expect(resetPassword).toContain('users reset-password admin --config ');
  expect(existsSync(join(dataDir, 'first-user.txt'))).toBe(true);
  // A shell has no terminal here to ask for the password at.
  const reset = await paste(`printf '%s\\n' "$PASSWORD" | ${resetPassword} --password-stdin`);
  expect(reset).toMatchObject({ code: 0, stdout: expect.stringContaining('admin has a new password.') });
  // Only the store that is the gate's own has this file beside it.
  expect(existsSync(join(dataDir, 'first-user.txt'))).toBe(false);
  expect(await gate?.stop()).toBe(0);

  const listUsers = await startAndRead(config);
  const added = await paste(
    `printf '%s\\n' "$PASSWORD" | ${listUsers.replace('users list', 'users add alice')} --password-stdin`,
  );
  expect(added).toMatchObject({ code: 0, stdout: 'Added alice.\n' });
  const listed = await paste(listUsers);
  expect(listed.stdout).toMatch(/^admin +may sign in/m);
  expect(listed.stdout).toMatch(/^alice +may sign in/m);
});
