import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runProgram, startGate } from '../support/gate.js';
import { freePort } from '../support/processes.js';

it('a gate says at start which of its upstreams is registered as a resource server besides', async () => {
  const dataDir = join(mkdtempSync(join(tmpdir(), 'portcullis-registered-')), 'data');
  const port = await freePort();
  const resource = `http://127.0.0.1:${port}/mcp`;
  for (const uri of [resource, 'https://elsewhere.example.com/mcp']) {
    const added = await runProgram(['resources', 'add', uri, '--scope', 'foo', '--data-dir', dataDir]);
    expect(added.code).toBe(0);
  }
  const gate = await startGate({ port, dataDir, args: ['--upstream', 'http://127.0.0.1:9/mcp'] });
  await gate.stop();
  const told = gate.log().filter(({ msg }) => String(msg).includes('registered as a resource server as well'));
  expect(told).toEqual([expect.objectContaining({ level: 'warn', resource })]);
});
