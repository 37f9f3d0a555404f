import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { codeBlocks } from '../support/code-blocks.js';
import { NOTES_SERVER, PROGRAM, ROOT } from '../support/paths.js';
import { freePort, type Running, start, until } from '../support/processes.js';

// The walk-through of docs/authorization-server/assertions.md, as it stands there: its files, its commands. Only the port, and the
// place of the checkout, are others.

const run = promisify(execFile);
const manual = readFileSync(join(ROOT, 'docs/authorization-server/assertions.md'), 'utf8');
const walk = codeBlocks(manual.slice(manual.indexOf('## Trying it on one computer')));

let directory: string;
let origin: string;
let gate: Running;
let askForToken: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'portcullis-'));
  const port = await freePort();
  origin = `http://127.0.0.1:${port}`;
  const placed = walk.map(({ language, code }) => {
    const here = code
      .replaceAll('http://127.0.0.1:8808', origin)
      .replaceAll('../examples/notes-server/server.mjs', NOTES_SERVER);
    return { language, code: here };
  });
  const codeOf = (wanted: string): readonly string[] =>
    placed.filter(({ language }) => language === wanted).map(({ code }) => code);
  writeFileSync(join(directory, 'gate.yaml'), codeOf('yaml')[0] ?? '');
  writeFileSync(join(directory, 'idp.mjs'), codeOf('js')[0] ?? '');
  const [startGate = '', ask = ''] = codeOf('sh');
  expect(startGate).toContain('\nnpx portcullis gateway ');
  const secret = /^export .*$/m.exec(startGate)?.[0] ?? '';
  askForToken = `${secret}\n${ask}`;
  const program = `exec "${process.execPath}" "${PROGRAM}" gateway --port ${port} `;
  gate = start('sh', ['-c', startGate.replace('npx portcullis gateway ', program)], { cwd: directory });
  await until('the gate to serve', async () => {
    if (gate.child.exitCode !== null) throw new Error(gate.stdout() + gate.stderr());
    return gate.stdout().includes('/mcp') ? true : undefined;
  });
});

afterAll(async () => {
  await gate?.stop();
  rmSync(directory, { recursive: true, force: true });
});

const ask = async (command: string): Promise<Record<string, unknown>> =>
  JSON.parse((await run('sh', ['-c', command], { cwd: directory })).stdout) as Record<string, unknown>;

it('XG-05 the walk-through ends with a token in the name of the person, once for each assertion', async () => {
  const { access_token: token, scope } = await ask(askForToken);
  expect([scope, decodeJwt(String(token))]).toMatchObject([
    'mcp:tools:read',
    { aud: `${origin}/mcp`, client_id: 'assistant' },
  ]);
  const again = askForToken.replace('$(node idp.mjs)', '$(cat first.jwt)');
  await ask(again);
  expect(await ask(again)).toMatchObject({ error: 'invalid_grant' });
  await until('the reason', () => (gate.stderr().includes('assertion_replayed') ? true : undefined));
});
