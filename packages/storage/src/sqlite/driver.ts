/** A prepared statement, as `node:sqlite` has it. */
export interface DriverStatement {
  all(...parameters: unknown[]): unknown[];
  run(...parameters: unknown[]): { changes: number | bigint; lastInsertRowid: number | bigint };
  columns(): readonly unknown[];
}

/** One connection, as `node:sqlite` has it: the part that is used here. Synchronous. */
export interface DriverDatabase {
  prepare(sql: string): DriverStatement;
  exec(sql: string): void;
  close(): void;
}

interface DriverModule {
  DatabaseSync: new (
    file: string,
    options: { timeout: number; enableForeignKeyConstraints: boolean },
  ) => DriverDatabase;
}

/** The first release whose own `node:sqlite` tells whether a statement returns rows (`StatementSync.columns`). */
const BUILT_IN_SINCE = { major: 22, minor: 16 };

/** Opens a file with Node's own SQLite, or on an older Node with a package of the same interface. */
export async function openDriver(file: string, busyTimeoutMilliseconds: number): Promise<DriverDatabase> {
  const { DatabaseSync } = await loadDriver(process.versions.node);
  return new DatabaseSync(file, { timeout: busyTimeoutMilliseconds, enableForeignKeyConstraints: true });
}

async function loadDriver(nodeVersion: string): Promise<DriverModule> {
  const [major = 0, minor = 0] = nodeVersion.split('.').map(Number);
  const builtIn = major > BUILT_IN_SINCE.major || (major === BUILT_IN_SINCE.major && minor >= BUILT_IN_SINCE.minor);
  if (!builtIn) return import('@photostructure/sqlite');
  // Not a literal: the types of the oldest supported Node do not know the module.
  const name: string = 'node:sqlite';
  return import(name);
}
