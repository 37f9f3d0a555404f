import { expect, it } from 'vitest';
import { holdLease } from './hold-lease.js';
import { createMemoryStore } from './memory-store.js';
import { createSessionRecords } from './session-records.js';

const records = createSessionRecords(createMemoryStore(), new URL('https://mcp.example/mcp'), 'default');

it('CL-11 keeps others waiting until it is ended', async () => {
  const order: string[] = [];
  const end = await holdLease(records, 60);
  const other = records.withLease(async () => void order.push('other'));
  await records.loadBinding();
  order.push('ended');
  end();
  end();
  await other;
  expect(order).toEqual(['ended', 'other']);
});

it('CL-11 ends by itself, where nobody ends it', async () => {
  await holdLease(records, 0.02);
  expect(await records.withLease(async () => 'went on')).toBe('went on');
});

it('says so where there is no lease to be had', async () => {
  const failing = { withLease: () => Promise.reject(new Error('no store')) };
  await expect(holdLease(failing, 60)).rejects.toThrow('no store');
});
