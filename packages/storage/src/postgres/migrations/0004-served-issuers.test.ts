import { NOW, user } from '@portcullis/ports/testing';
import { expect, it } from 'vitest';
import { statementsOf } from '../../sql/migration.js';
import { schemaStatements } from '../migrate.js';
import { migratePostgres, openPostgresStorage } from '../postgres-storage.js';
import { useDatabase } from '../testing/database.js';
import { MIGRATIONS } from './index.js';

const VERSION_3 = [
  ...schemaStatements(false),
  'SET search_path TO portcullis',
  ...MIGRATIONS.slice(0, 3).flatMap(statementsOf),
  'GRANT USAGE ON SCHEMA portcullis TO portcullis_app',
  'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA portcullis TO portcullis_app',
  'REVOKE UPDATE, DELETE ON audit_events FROM portcullis_app',
  `INSERT INTO users (tenant_id, subject, username, password_hash, created_at)
    VALUES ('a', 'subject-alice', 'alice', 'hash-of-alice', ${NOW})`,
].join('; ');

const database = useDatabase();

it('a database of the third version keeps its rows, was served as nobody knows whom, and knows it from then on', async () => {
  const { cluster } = database();
  await cluster.createDatabase('older');
  await cluster.query('older', VERSION_3);
  const connectionString = cluster.url('older');
  expect((await migratePostgres({ connectionString })).forRole).toEqual([
    'GRANT SELECT, INSERT, UPDATE ON portcullis.served_issuers TO portcullis_app',
  ]);
  const first = await openPostgresStorage({ connectionString, schema: 'existing' });
  expect(await first.users.list('a')).toEqual([user()]);
  expect(await first.noteIssuer('a', 'https://old.test', NOW)).toBeUndefined();
  await first.close();
  const second = await openPostgresStorage({ connectionString });
  expect(await second.noteIssuer('a', 'https://new.test', NOW + 1)).toBe('https://old.test');
  expect(await second.noteIssuer('b', 'https://new.test', NOW + 1)).toBeUndefined();
  await second.close();
});
