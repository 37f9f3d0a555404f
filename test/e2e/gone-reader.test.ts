import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { PROGRAM } from '../support/paths.js';
import { freePort, start, until } from '../support/processes.js';

const dataDir = join(mkdtempSync(join(tmpdir(), 'portcullis-gone-')), 'data');

/** Runs the program with a standard output that nobody reads from the start. */
function startUnread(...args: string[]) {
  const running = start(process.execPath, [PROGRAM, ...args, '--data-dir', dataDir]);
  running.child.stdout?.destroy();
  return running;
}

it('an answer that nobody reads is a quiet end, and the act was done', async () => {
  const isNew = `There was no gate's store in ${dataDir}: a new one was made there\n`;
  for (const [args, words] of [
    [['migrate', '--json'], isNew],
    [['keys', 'list'], ''],
    [['--help'], ''],
  ] as const) {
    const running = startUnread(...args);
    expect([args, await running.exited, running.stderr()]).toEqual([args, 0, words]);
  }
});

it('a failure keeps its exit code and its words, whoever reads the answer', async () => {
  const running = startUnread('keys', 'retire', 'none');
  expect(await running.exited).toBe(1);
  expect(running.stderr()).toMatch(/^portcullis: there is no key none, [^\n]*\n$/);
});

it('a gate whose banner nobody reads serves all the same', async () => {
  const port = await freePort();
  const running = startUnread('gateway', '--port', String(port), '--upstream', 'http://127.0.0.1:9/mcp');
  try {
    await until('the gate to be ready', async () => {
      const { ok } = await fetch(`http://127.0.0.1:${port}/.well-known/oauth-authorization-server`);
      return ok ? true : undefined;
    });
    await until('the start to be over', () => (running.stderr().includes('gateway.started') ? true : undefined));
    expect(running.child.exitCode).toBeNull();
  } finally {
    expect(await running.stop()).toBe(0);
  }
});
