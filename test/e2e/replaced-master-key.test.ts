import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { runProgram, startGate } from '../support/gate.js';
import { until } from '../support/processes.js';

const FOLLOWS_MILLISECONDS = 60_000;

it('F-12 a gate that runs on while its master key is replaced takes no new work once no key of before is left, and says what to do', async () => {
  const masterKey = randomBytes(32).toString('base64url');
  const gate = await startGate({ args: ['--upstream', 'http://127.0.0.1:9/mcp'] });
  try {
    const ready = async () => (await fetch(`${gate.origin}/readyz`)).status;
    expect(await ready()).toBe(200);
    const keys = (...args: readonly string[]) =>
      runProgram(['keys', ...args, '--data-dir', gate.dataDir], { env: { PORTCULLIS_MASTER_KEY: masterKey } });
    const [first] = JSON.parse((await keys('list', '--json')).stdout) as { keyId: string }[];
    const rotated = await keys('rotate', '--at-once', '--replace-master-key');
    expect(rotated.stdout).toContain('every gate needs this one');
    const retire = ['retire', '--data-dir', gate.dataDir, '--', first?.keyId ?? ''];
    expect((await runProgram(['keys', ...retire])).code).toBe(0);
    await until('the gate to notice', async () => (await ready()) === 503 || undefined, FOLLOWS_MILLISECONDS);
    const told = gate.log().filter(({ msg }) => String(msg).includes('No stored signing key that may sign opens'));
    expect(told).toHaveLength(1);
    expect(told[0]?.['msg']).toContain(`${gate.dataDir}/master.key`);
    expect(gate.running.stderr()).not.toContain(masterKey);
  } finally {
    await gate.stop();
  }
});
