// The client program under the official conformance suite: `portcullis connect` between the suite's server and a program
// that speaks 2026-07-28 over stdio. Lists the tools, and calls those that the suite names, or else all that are listed.
import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../../../apps/portcullis/bin/portcullis.js', import.meta.url));
const PORTCULLIS_HOME = mkdtempSync(join(tmpdir(), 'portcullis-conformance-'));

const bridge = spawn(process.execPath, [PROGRAM, 'connect', process.argv.at(-1)], {
  stdio: ['pipe', 'pipe', 'inherit'],
  env: { ...process.env, PORTCULLIS_HOME, PORTCULLIS_STORE_KEY: 'ab'.repeat(32) },
});
bridge.once('close', (code) => {
  process.exitCode = code ?? 1;
});
const lines = createInterface({ input: bridge.stdout })[Symbol.asyncIterator]();

let id = 0;
async function ask(method, params) {
  id += 1;
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientInfo': { name: 'bridge-client', version: '0.1.0' },
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  bridge.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params: { ...params, _meta } })}\n`);
  const { result } = JSON.parse((await lines.next()).value);
  if (result === undefined) throw new Error(`no result of ${method}`);
  return result;
}

const { tools } = await ask('tools/list', {});
const { toolCalls } = JSON.parse(process.env.MCP_CONFORMANCE_CONTEXT ?? '{}');
const calls = toolCalls ?? tools.map(({ name }) => ({ name, arguments: { region: 'eu', value: 'x' } }));
for (const { name, arguments: args } of calls) await ask('tools/call', { name, arguments: args });
bridge.stdin.end();
