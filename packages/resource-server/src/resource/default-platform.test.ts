import { createHash } from 'node:crypto';
import process from 'node:process';
import { expect, it, vi } from 'vitest';
import { defaultPlatform } from './default-platform.js';

const SHA256_OF_ABC = 'ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0';

it('takes SHA-256 from the runtime, of text and of bytes', () => {
  const { hash, random, clock } = defaultPlatform();
  expect([hash('abc'), hash(new TextEncoder().encode('abc'))]).toEqual([SHA256_OF_ABC, SHA256_OF_ABC]);
  expect(random.bytes(32)).toHaveLength(32);
  expect(Number.isInteger(clock.nowEpochSeconds())).toBe(true);
});

it('takes it from a runtime that has only the older way', () => {
  vi.spyOn(process, 'getBuiltinModule').mockReturnValue({ createHash } as never);
  expect(defaultPlatform().hash('abc')).toBe(SHA256_OF_ABC);
});

it('says what to give where the runtime has none', () => {
  vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined as never);
  expect(defaultPlatform).toThrow(/give protectResource a `platform`/);
});
