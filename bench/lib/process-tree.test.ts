import { spawn } from 'node:child_process';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { listensOn, processTree, usedMicroseconds } from './process-tree.js';

describe('processTree', () => {
  it('finds children and grandchildren, and what they used', async () => {
    // The shell works for a while and waits for a grandchild of ours.
    const child = spawn('sh', ['-c', 'i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; echo done; sleep 30 & wait'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    const pid = child.pid ?? 0;
    const tree = processTree(pid);
    try {
      expect(tree[0]).toBe(pid);
      expect(processTree(process.pid)).toContain(pid);
      expect(usedMicroseconds(pid)).toBeGreaterThan(0);
    } finally {
      for (const one of processTree(pid)) process.kill(one, 'SIGKILL');
    }
  });
});

describe('listensOn', () => {
  it('tells who listens', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    expect(listensOn(process.pid, port)).toBe(true);
    expect(listensOn(process.ppid, port)).toBe(false);
    server.close();
    expect(listensOn(process.pid, port)).toBe(false);
  });
});
