import { afterEach, expect, it, vi } from 'vitest';
import { startCluster } from './cluster.js';

afterEach(() => vi.unstubAllEnvs());

it('says what to install where there is no PostgreSQL, and skips nothing', async () => {
  vi.stubEnv('POSTGRES_BIN', '/nowhere');
  await expect(startCluster()).rejects.toThrow('apt-get install postgresql');
});
