import {
  client,
  deviceAuthorization,
  event,
  grantAccess,
  MARK_LIFETIME_SECONDS,
  NOW,
  pushedRequest,
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
