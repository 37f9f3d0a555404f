export { DatabaseOpenError } from '../sql/database-open-error.js';
export type { MigrationPlan, MigrationPreview, MigrationReport } from '../sql/migration.js';
export { SchemaOutdatedError, type SchemaUse } from '../sql/schema-use.js';
export type { HostClocks } from './database-clock.js';
export type { Guarantee } from './guarantees.js';
export {
  migratePostgres,
  openPostgresStorage,
  type PostgresLogins,
  type PostgresStorage,
  type PostgresStorageOptions,
  planPostgresMigrations,
} from './postgres-storage.js';
