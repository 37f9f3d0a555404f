import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteStorage } from '@portcullis/storage/sqlite';
import { expect, it } from 'vitest';
import { run } from './testing/run-program.js';

// What `sh` makes of `$IFS$9` is a blank.
const EVIL = 'https://evil.example/x;touch$IFS$9pwned;';
const folder = mkdtempSync(join(tmpdir(), 'portcullis-'));
const event = (type: 'client.approval_requested' | 'client.registered') =>
  ({ type, outcome: 'allowed', tenantId: 'default', occurredAtEpochSeconds: 0 }) as const;

/** What a shell makes of a command behind which the first cell of the table's first row was pasted. */
function pasted(table: string, nextCell: string): string {
  const row = table.split('\n').find((line) => line.includes('evil.example')) ?? '';
  const cell = row.slice(0, row.indexOf(`  ${nextCell}`));
  return execFileSync('sh', ['-c', `printf '%s' ${cell}`], { cwd: folder, encoding: 'utf8' });
}

it('an id that a stranger chose commands no shell when it is copied from a table', async () => {
  const storage = await openSqliteStorage({ file: join(folder, 'portcullis.db') });
  try {
    await storage.clientApprovals.request(
      { tenantId: 'default', clientId: EVIL, clientName: 'Evil' },
      { total: 10, perHost: 10 },
      1,
      event('client.approval_requested'),
    );
    await storage.clients.register(
      {
        tenantId: 'default',
        clientId: EVIL,
        source: 'dynamic',
        clientName: 'Evil',
        redirectUris: ['https://evil.example/callback'],
        tokenEndpointAuthMethod: 'none',
        clientSecretHash: undefined,
        jwks: undefined,
        jwksUri: undefined,
        grantTypes: ['authorization_code'],
        scopes: undefined,
        applicationType: 'web',
        clientUri: undefined,
        createdAtEpochSeconds: 1,
        document: undefined,
      },
      event('client.registered'),
    );
  } finally {
    await storage.close();
  }
  for (const list of ['pending', 'list']) {
    const { out } = await run(['clients', list, '--data-dir', folder]);
    expect(pasted(out, 'Evil')).toBe(EVIL);
  }
  expect(existsSync(join(folder, 'pwned'))).toBe(false);
});
