import { expect, it } from 'vitest';
import { createSystemResolver } from './system-resolver.js';

const { signal } = new AbortController();

it('looks names up as the system does: localhost stands in the hosts file', async () => {
  expect(await createSystemResolver()('localhost', signal)).toContain('127.0.0.1');
});

it('rejects what is no name', async () => {
  await expect(createSystemResolver()('x'.repeat(300), signal)).rejects.toThrow();
});
