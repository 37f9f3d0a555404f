import { consentedDescription } from '@portcullis/ports';
import {
  authorizationCode,
  client,
  consentOf,
  deviceAuthorization,
  event,
  grant,
  grantAccess,
  issueCode,
  MARK_LIFETIME_SECONDS,
  marksOf,
  NOW,
  pushedRequest,
  redeem,
  rotate,
  transaction,
} from '@portcullis/ports/testing';
import { expect, it } from 'vitest';
import { statementsOf } from '../../sql/migration.js';
import { schemaStatements } from '../migrate.js';
import { openPostgresStorage } from '../postgres-storage.js';
import { useDatabase } from '../testing/database.js';
import { initial } from './0001-initial.js';

/** The role had what there was. */
const VERSION_1 = [
  ...schemaStatements(false),
  'SET search_path TO portcullis',
  ...statementsOf(initial),
  'GRANT USAGE ON SCHEMA portcullis TO portcullis_app',
  'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA portcullis TO portcullis_app',
  'REVOKE UPDATE, DELETE ON audit_events FROM portcullis_app',
  'REVOKE DELETE ON turns FROM portcullis_app',
  'REVOKE INSERT, UPDATE, DELETE ON schema_version FROM portcullis_app',
].join('; ');

const VERSION_1_ROWS = `
  INSERT INTO portcullis.clients (tenant_id, client_id, source, client_name, redirect_uris, token_endpoint_auth_method,
    grant_types, application_type, created_at) VALUES ('a', 'client-1', 'dynamic', 'A client',
    '["http://127.0.0.1/callback"]', 'none', '["authorization_code","refresh_token"]', 'native', ${NOW});
  INSERT INTO portcullis.authorization_transactions VALUES ('a', 'transaction-1', 'browser-1', 'client-1',
    'http://127.0.0.1/callback', 'state-1', 'challenge-1', 'https://gate.test/mcp',
    '["mcp:tools:read","mcp:tools:execute"]', ${NOW}, ${NOW + 600}, NULL, NULL, NULL, 'open', NULL),
    ('b', 'issued', 'b', 'client-1', 'http://127.0.0.1/callback', NULL, 'c', 'https://gate.test/mcp', '[]', ${NOW},
    ${NOW + 600}, '[]', 's', ${NOW}, 'issued', 'sealed')`;

const DAY = 86_400;
const SCOPES = `'["mcp:tools:read"]'`;
const END = NOW + 180 * DAY;

/** Three grants: the first with its code redeemed and its refresh token rotated, the second a code still, the third ended. */
const VERSION_1_GRANTS = `SET search_path TO portcullis;
  INSERT INTO users (tenant_id, subject, username, password_hash, created_at)
    VALUES ('a', 'subject-alice', 'alice', 'hash-of-alice', ${NOW});
  INSERT INTO authorization_codes VALUES
    ('a', 'code-1', 'client-1', 'http://127.0.0.1/callback', 'challenge-1', 'S256', 'https://gate.test/mcp', ${SCOPES},
      'subject-alice', 'none', ${NOW}, 'grant-1', ${NOW}, ${NOW + 60}, ${NOW}),
    ('a', 'code-2', 'client-1', 'http://127.0.0.1/callback', 'challenge-1', 'S256', 'https://gate.test/mcp', ${SCOPES},
      'subject-alice', 'none', ${NOW}, 'grant-2', ${NOW}, ${NOW + 60}, NULL);
  INSERT INTO grants VALUES
    ('a', 'grant-1', 'subject-alice', 'client-1', 'https://gate.test/mcp', ${SCOPES}, 'none', ${NOW - 60}, ${NOW}, ${END},
      ${NOW}, NULL, ${END + MARK_LIFETIME_SECONDS}),
    ('a', 'grant-3', 'subject-alice', 'client-1', 'https://gate.test/mcp', ${SCOPES}, 'none', ${NOW - 60}, ${NOW}, ${END},
      ${NOW}, ${NOW}, ${NOW + MARK_LIFETIME_SECONDS});
  INSERT INTO refresh_tokens VALUES ('a', 'refresh-1', 'grant-1', ${NOW + 30 * DAY}, NULL, ${NOW}, 'salt of refresh-2'),
    ('a', 'refresh-2', 'grant-1', ${NOW + 30 * DAY}, 'refresh-1', NULL, NULL),
    ('a', 'refresh-of-3', 'grant-3', ${NOW + 30 * DAY}, NULL, NULL, NULL);
  INSERT INTO consents VALUES
    ('a', 'subject-alice', 'client-1', 'https://gate.test/mcp', ${SCOPES}, NULL, ${NOW}),
    ('a', 'subject-alice', 'client-2', 'https://gate.test/mcp', ${SCOPES}, 'fingerprint-1', ${NOW})`;

const REVOCATION = { now: NOW, markLifetimeSeconds: MARK_LIFETIME_SECONDS };

const database = useDatabase();

it('a database of the first version keeps its rows, and its tables take both answers of a transaction and no third', async () => {
  const { cluster } = database();
  await cluster.createDatabase('older');
  await cluster.query('older', VERSION_1);
  await cluster.query('older', VERSION_1_ROWS);

  const storage = await openPostgresStorage({ connectionString: cluster.url('older') });
  expect(await storage.clients.find('a', 'client-1')).toEqual(client());
  expect(await storage.transactions.find('a', 'transaction-1', NOW)).toMatchObject({
    ...transaction(),
    status: 'open',
  });
  expect((await storage.transactions.find('b', 'issued', NOW))?.status).toBe('issued');
  const answer = { kind: 'device', deviceCodeHash: 'device-1' } as const;
  await storage.transactions.create(transaction({ transactionHash: 'of a device', answer }));
  expect((await storage.transactions.find('a', 'of a device', NOW))?.answer).toEqual(answer);
  expect(await storage.deviceCodes.create(deviceAuthorization())).toBe('created');
  await storage.close();

  const update = (set: string) =>
    cluster.query(
      'older',
      `UPDATE portcullis.authorization_transactions SET ${set} WHERE transaction_hash = 'transaction-1'`,
    );
  await expect(update(`redirect_uri = NULL`)).rejects.toThrow('authorization_transactions_answer');
  await expect(update(`device_code_hash = 'device-1'`)).rejects.toThrow('authorization_transactions_answer');
  await expect(update(`status = 'issued'`)).rejects.toThrow('authorization_transactions_response');
});

it('codes, grants, refresh tokens and consents of the first version go on: they redeem, refresh, are revoked and withdrawn', async () => {
  const { cluster } = database();
  await cluster.createDatabase('granted');
  for (const statements of [VERSION_1, VERSION_1_ROWS, VERSION_1_GRANTS]) await cluster.query('granted', statements);
  const storage = await openPostgresStorage({ connectionString: cluster.url('granted') });

  // Each is bound to no key and to no description of its client.
  const code = authorizationCode({ codeHash: 'code-2', grantId: 'grant-2' });
  expect(await storage.codes.find('a', 'code-2')).toStrictEqual({ ...code, redeemed: false });
  const second = { codeHash: 'code-2', grant: { grantId: 'grant-2' }, refreshToken: { tokenHash: 'refresh-of-2' } };
  expect(await redeem(storage, second)).toEqual({ outcome: 'redeemed' });
  expect((await redeem(storage, second)).outcome).toBe('replayed');
  expect((await storage.grants.find('a', 'grant-2'))?.revoked).toBe(true);

  const first = { grant: grant(), revoked: false, lastUsedAtEpochSeconds: NOW };
  expect(await storage.grants.find('a', 'grant-1')).toStrictEqual(first);
  const salt = 'salt of refresh-2';
  expect(await rotate(storage, { to: 'another' })).toEqual({ outcome: 'repeated', successorSalt: salt });
  expect(await rotate(storage, { from: 'refresh-2', to: 'refresh-3' })).toEqual({ outcome: 'rotated' });
  expect(await rotate(storage, { from: 'refresh-of-3', to: 'x', successor: { grantId: 'grant-3' } })).toEqual({
    outcome: 'refused',
  });
  const revoke = (grantId: string) =>
    storage.grants.revoke('a', grantId, NOW, MARK_LIFETIME_SECONDS, event('grant.revoked'));
  expect([await revoke('grant-3'), await revoke('grant-1'), await revoke('grant-1')]).toEqual([false, true, false]);
  expect(await marksOf(storage, 'grant', 'grant-1')).toHaveLength(1);
  expect((await redeem(storage)).outcome).toBe('replayed');

  const theirs = consentOf(authorizationCode(), { clientId: 'client-2', documentFingerprint: 'fingerprint-1' });
  const consents = () => storage.consents.listOfUser('a', 'subject-alice');
  // What their clients said of themselves nobody kept; the next approval does.
  expect(await consents()).toStrictEqual([consentOf(authorizationCode()), theirs]);
  const clientDescription = consentedDescription(client());
  const described = { ...theirs, clientDescription };
  await issueCode(storage, { codeHash: 'code-5', grantId: 'grant-5', clientId: 'client-2' }, described);
  await grantAccess(
    storage,
    { codeHash: 'code-4', grantId: 'grant-4', scopes: ['mcp:tools:execute'] },
    { tokenHash: 'r4' },
  );
  const grown = consentOf(authorizationCode(), { scopes: ['mcp:tools:execute', 'mcp:tools:read'] });
  expect((await consents()).map(({ scopes }) => [...scopes].sort())).toEqual([grown.scopes, theirs.scopes]);
  const disconnect = (clientId: string) =>
    storage.grants.disconnect('a', 'subject-alice', clientId, REVOCATION, event('consent.withdrawn'));
  expect([await disconnect('client-1'), await disconnect('client-1')]).toEqual([true, false]);
  expect(await consents()).toStrictEqual([described]);
  expect(await storage.users.remove('a', 'subject-alice', REVOCATION, event('user.removed'))).toBe('removed');
  expect(await consents()).toEqual([]);
  await storage.close();
});

it('the tables of the second version are for every act of the role, also where it was to read whatever is made', async () => {
  const { cluster } = database();
  await cluster.createDatabase('readable');
  await cluster.query('readable', VERSION_1);
  const readAll = 'ALTER DEFAULT PRIVILEGES IN SCHEMA portcullis GRANT SELECT ON TABLES TO portcullis_app';
  await cluster.query('readable', readAll);

  const storage = await openPostgresStorage({ connectionString: cluster.url('readable') });
  await grantAccess(storage);
  expect(await storage.grants.disconnect('a', 'subject-alice', 'client-1', REVOCATION, event('grant.revoked'))).toBe(
    true,
  );
  expect(await storage.users.disable('a', 'subject-alice', REVOCATION, event('user.disabled'))).toBe('disabled');
  await storage.pushedRequests.create(pushedRequest());
  expect(await storage.sweep('a', NOW + 660)).toBeGreaterThan(0);
  expect(storage.guarantees.filter(({ held }) => !held).map(({ id }) => id)).toEqual(['separate_migration_login']);
  await storage.close();
});
