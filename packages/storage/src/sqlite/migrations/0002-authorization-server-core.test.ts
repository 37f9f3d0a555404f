import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  authorizationCode,
  client,
  event,
  grant,
  MARK_LIFETIME_SECONDS,
  NOW,
  rotate,
  signingKey,
  user,
} from '@portcullis/ports/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSqliteStorage, type SqliteStorage } from '../sqlite-storage.js';
import { makeOlderFile } from '../testing/older-file.js';

/** What the first release had written: a client with a grant that was refreshed a day later, one that was never used, a
 * user, an open transaction, a key, and marks of which the highest is gone. */
const VERSION_1_ROWS = `
  INSERT INTO clients VALUES ('a', 'client-1', 'dynamic', 'A client', '["http://127.0.0.1/callback"]',
    'client_secret_basic', 'hash', '["authorization_code","refresh_token"]', NULL, 'native', NULL, ${NOW}, ${NOW});
  INSERT INTO clients VALUES ('a', 'unused', 'dynamic', 'A client', '[]', 'none', NULL, '[]', '["x"]', 'web', 'https://x',
    ${NOW}, NULL);
  INSERT INTO users VALUES ('a', 'subject-alice', 'alice', 'hash-of-alice', ${NOW});
  INSERT INTO users VALUES ('b', 'subject-alice', 'alice', 'hash-of-alice', ${NOW});
  INSERT INTO authorization_transactions VALUES ('a', 't', 'b', 'client-1', 'http://127.0.0.1/callback', NULL, 'c',
    'https://gate.test/mcp', '[]', ${NOW}, ${NOW + 600}, NULL, NULL, NULL, 'open', NULL);
  INSERT INTO authorization_codes VALUES ('a', 'code-1', 'client-1', 'http://127.0.0.1/callback', 'challenge-1', 'S256',
    'https://gate.test/mcp', '["mcp:tools:read"]', 'subject-alice', ${NOW}, 'grant-3', ${NOW}, ${NOW + 60}, NULL);
  INSERT INTO authorization_codes VALUES ('a', 'code-2', 'gone', 'http://127.0.0.1/callback', 'challenge-1', 'S256',
    'https://gate.test/mcp', '["mcp:tools:read"]', 'subject-alice', ${NOW}, 'grant-4', ${NOW}, ${NOW + 60}, NULL);
  INSERT INTO grants VALUES ('a', 'grant-1', 'subject-alice', 'client-1', 'https://gate.test/mcp',
    '["mcp:tools:read"]', ${NOW - 60}, ${NOW}, ${NOW + 180 * 86_400}, NULL, ${NOW + 180 * 86_400 + 630});
  INSERT INTO grants VALUES ('a', 'grant-2', 'subject-alice', 'gone', 'https://gate.test/mcp',
    '[]', ${NOW}, ${NOW}, ${NOW + 180 * 86_400}, ${NOW}, ${NOW + 630});
  INSERT INTO refresh_tokens VALUES ('a', 'refresh-0', 'grant-1', ${NOW + 9e6}, NULL, ${NOW + 86_400}, NULL);
  INSERT INTO refresh_tokens VALUES ('a', 'refresh-1', 'grant-1', ${NOW + 9e6}, 'refresh-0', NULL, NULL);
  INSERT INTO revocation_marks VALUES (3, 'a', 'grant', 'grant-2', ${NOW + 630}, ${NOW + 630});
  INSERT INTO revocation_marks VALUES (4, 'b', 'subject', 's', ${NOW + 630}, ${NOW + 630});
  INSERT INTO revocation_marks VALUES (9, 'b', 'subject', 'gone', ${NOW}, ${NOW});
  DELETE FROM revocation_marks WHERE sequence = 9;
  INSERT INTO signing_keys VALUES ('a', 'key-1', 'ES256', '{"kty":"EC"}', 'sealed', ${NOW});
  INSERT INTO audit_events VALUES (1, 'a', ${NOW}, 'user.added', '{}');
`;

describe('a file of the first release', () => {
  let directory: string;
  let storage: SqliteStorage;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'portcullis-version-1-'));
    const file = join(directory, 'test.db');
    await makeOlderFile(file, 1, VERSION_1_ROWS);
    storage = await openSqliteStorage({ file });
  });
  afterEach(async () => {
    await storage.close();
    await rm(directory, { recursive: true });
  });

  it('keeps its clients, which have neither keys nor a document', async () => {
    const confidential = { clientSecretHash: 'hash', tokenEndpointAuthMethod: 'client_secret_basic' } as const;
    expect(await storage.clients.find('a', 'client-1')).toEqual({
      ...client(confidential),
      lastUsedAtEpochSeconds: NOW + 86_400,
    });
    expect(await storage.clients.find('a', 'unused')).toMatchObject({ scopes: ['x'], document: undefined });
  });

  it('keeps its users, of whom nobody is disabled, and their names are taken as before', async () => {
    expect(await storage.users.findByUsername('a', 'alice')).toEqual(user());
    expect(await storage.users.findByUsername('b', 'alice')).toEqual(user({ tenantId: 'b' }));
    expect(await storage.users.add(user({ subject: 'another' }), event('user.added'))).toBe('exists');
  });

  it('keeps its grants: used when last refreshed, and as hard to use as their client is', async () => {
    expect(await storage.grants.find('a', 'grant-1')).toEqual({
      grant: grant({ clientAuthMethod: 'client_secret_basic' }),
      revoked: false,
      lastUsedAtEpochSeconds: NOW + 86_400,
    });
    expect(await storage.grants.find('a', 'grant-2')).toMatchObject({
      grant: { clientAuthMethod: 'none' },
      revoked: true,
      lastUsedAtEpochSeconds: NOW,
    });
    expect(await rotate(storage)).toEqual({ outcome: 'rotated' });
  });

  it('counts the last refresh as the last use of a client', async () => {
    await storage.grants.revoke('a', 'grant-1', NOW, MARK_LIFETIME_SECONDS, event('grant.revoked'));
    await storage.sweep('a', NOW + 31 * 86_400 - 1);
    expect(await storage.clients.find('a', 'client-1')).toBeDefined();
    expect(await storage.clients.find('a', 'unused')).toBeUndefined();
    await storage.sweep('a', NOW + 31 * 86_400);
    expect(await storage.clients.find('a', 'client-1')).toBeUndefined();
  });

  it('keeps its key, which signs since it was made and has no end', async () => {
    expect(await storage.signingKeys.list('a')).toEqual([signingKey()]);
  });

  it('keeps its marks, and numbers the next one above every number there ever was', async () => {
    const before = await storage.revocationMarks.after('a', 0, NOW);
    expect(before.map(({ sequence, value }) => [sequence, value])).toEqual([[3, 'grant-2']]);
    await storage.grants.revoke('a', 'grant-1', NOW, MARK_LIFETIME_SECONDS, event('grant.revoked'));
    const after = await storage.revocationMarks.after('a', before[0] ?? 0, NOW);
    expect(after.map(({ sequence, value }) => [sequence, value])).toEqual([[10, 'grant-1']]);
  });

  it('keeps its codes, as hard to redeem as their client is', async () => {
    const code = { ...authorizationCode(), grantId: 'grant-3', clientAuthMethod: 'client_secret_basic' };
    expect(await storage.codes.find('a', 'code-1')).toEqual({ ...code, redeemed: false });
    expect(await storage.codes.find('a', 'code-2')).toMatchObject({ clientId: 'gone', clientAuthMethod: 'none' });
  });

  it('keeps what is under way, and its trail', async () => {
    expect(await storage.transactions.find('a', 't', NOW)).toMatchObject({ status: 'open' });
    expect(await storage.countEvents('user.added')).toBe(1);
  });
});
