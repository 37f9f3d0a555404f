export { DatabaseOpenError } from './open-database.js';
export { openSqliteStorage, type SqliteStorage, type SqliteStorageOptions } from './sqlite-storage.js';
