export { DatabaseOpenError } from '../sql/database-open-error.js';
export type { MigrationPlan, MigrationPreview } from '../sql/migration.js';
export { SchemaOutdatedError, type SchemaUse } from '../sql/schema-use.js';
export { migrateSqlite, planSqliteMigrations } from './migrate-file.js';
export { openSqliteStorage, type SqliteStorage, type SqliteStorageOptions } from './sqlite-storage.js';
