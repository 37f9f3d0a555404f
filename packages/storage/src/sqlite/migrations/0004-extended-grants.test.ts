import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  authorizationCode,
  client,
  consentOf,
  event,
  grant,
  MARK_LIFETIME_SECONDS,
  NOW,
  redeem,
  redirectAnswer,
  rotate,
  transaction,
} from '@portcullis/ports/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDriver } from '../driver.js';
import { openSqliteStorage, type SqliteStorage } from '../sqlite-storage.js';
import { makeOlderFile } from '../testing/older-file.js';

/** What the third version had written: a client, a user, transactions in each state, a code and a grant with its token. */
const VERSION_3_ROWS = `
  INSERT INTO clients (tenant_id, client_id, source, client_name, redirect_uris, token_endpoint_auth_method, grant_types,
    application_type, created_at) VALUES ('a', 'client-1', 'dynamic', 'A client', '["http://127.0.0.1/callback"]', 'none',
    '["authorization_code","refresh_token"]', 'native', ${NOW});
  INSERT INTO users (tenant_id, subject, username, created_at) VALUES ('a', 'subject-alice', 'alice', ${NOW});
  INSERT INTO authorization_transactions VALUES ('a', 'transaction-1', 'browser-1', 'client-1',
    'http://127.0.0.1/callback', 'state-1', 'challenge-1', 'https://gate.test/mcp',
    '["mcp:tools:read","mcp:tools:execute"]', ${NOW}, ${NOW + 600}, '["mcp:tools:read"]', 'subject-alice', ${NOW}, 'open',
    NULL);
  INSERT INTO authorization_transactions VALUES ('a', 'issued', 'b', 'client-1', 'http://127.0.0.1/callback', NULL, 'c',
    'https://gate.test/mcp', '[]', ${NOW}, ${NOW + 600}, '[]', 'subject-alice', ${NOW}, 'issued', 'sealed before');
  INSERT INTO authorization_transactions VALUES ('b', 'denied', 'b', 'client-1', 'http://127.0.0.1/callback', NULL, 'c',
    'https://gate.test/mcp', '[]', ${NOW}, ${NOW + 600}, NULL, NULL, NULL, 'denied', NULL);
  INSERT INTO authorization_codes (tenant_id, code_hash, client_id, redirect_uri, code_challenge, code_challenge_method,
    resource, scopes, subject, client_auth_method, authenticated_at, grant_id, issued_at, expires_at)
    VALUES ('a', 'code-2', 'client-1', 'http://127.0.0.1/callback', 'challenge-1', 'S256', 'https://gate.test/mcp',
    '["mcp:tools:read"]', 'subject-alice', 'none', ${NOW}, 'grant-2', ${NOW}, ${NOW + 60});
  INSERT INTO grants (tenant_id, grant_id, subject, client_id, resource, scopes, client_auth_method, authenticated_at,
    created_at, expires_at, last_used_at, kept_until) VALUES ('a', 'grant-1', 'subject-alice', 'client-1',
    'https://gate.test/mcp', '["mcp:tools:read"]', 'none', ${NOW - 60}, ${NOW}, ${NOW + 180 * 86_400}, ${NOW},
    ${NOW + 180 * 86_400 + MARK_LIFETIME_SECONDS});
  INSERT INTO refresh_tokens (tenant_id, token_hash, grant_id, expires_at) VALUES ('a', 'refresh-1', 'grant-1', ${NOW + 9e6});
`;

describe('a file of the third version', () => {
  let directory: string;
  let file: string;
  let storage: SqliteStorage;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'portcullis-version-3-'));
    file = join(directory, 'test.db');
    await makeOlderFile(file, 3, VERSION_3_ROWS);
    storage = await openSqliteStorage({ file });
  });
  afterAll(async () => {
    await storage.close();
    await rm(directory, { recursive: true });
  });

  it('keeps its clients, which may do what they might before and have no registration token', async () => {
    expect(await storage.clients.find('a', 'client-1')).toEqual(client());
  });

  it('keeps its transactions with the redirect that they go to, and each in its state', async () => {
    const decided = { approvedScopes: ['mcp:tools:read'], subject: 'subject-alice', authenticatedAtEpochSeconds: NOW };
    expect(await storage.transactions.find('a', 'transaction-1', NOW)).toEqual({
      ...transaction(),
      ...decided,
      status: 'open',
    });
    expect(await storage.transactions.find('b', 'denied', NOW)).toMatchObject({
      answer: redirectAnswer({ codeChallenge: 'c', state: undefined }),
      status: 'denied',
    });
  });

  it('goes on with what is under way: a transaction is issued, an issued one repeats its response', async () => {
    const code = authorizationCode({ grantId: 'grant-3' });
    const issue = (transactionHash: string) =>
      storage.transactions.issue('a', transactionHash, code, consentOf(code), 'sealed', NOW, event('consent.granted'));
    expect(await issue('transaction-1')).toEqual({ outcome: 'issued' });
    expect(await issue('issued')).toEqual({ outcome: 'repeated', sealedResponse: 'sealed before' });
  });

  it('keeps its codes and grants, which are bound to no key', async () => {
    const code = authorizationCode({ codeHash: 'code-2', grantId: 'grant-2' });
    expect(await storage.codes.find('a', 'code-2')).toEqual({ ...code, redeemed: false });
    const second = { codeHash: 'code-2', grant: { grantId: 'grant-2' }, refreshToken: { tokenHash: 'refresh-b' } };
    expect(await redeem(storage, second)).toEqual({ outcome: 'redeemed' });
    expect((await storage.grants.find('a', 'grant-1'))?.grant).toEqual(grant());
    expect(await rotate(storage)).toEqual({ outcome: 'rotated' });
  });

  it('has the indexes of the transactions, which went with the table that was rebuilt', async () => {
    const database = await openDriver(file, 50);
    const indexes = database
      .prepare(`SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'authorization_transactions'
        AND sql IS NOT NULL ORDER BY name`)
      .all();
    database.close();
    const named = ['by_client', 'by_end', 'by_subject'].map((end) => ({ name: `authorization_transactions_${end}` }));
    expect(indexes).toEqual(named);
  });
});
