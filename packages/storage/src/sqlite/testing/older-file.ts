import { statementsOf } from '../../sql/migration.js';
import { openDriver } from '../driver.js';
import { MAKE_VERSIONS } from '../migrate.js';
import { MIGRATIONS } from '../migrations/index.js';

/**
 * A database file as a program left it that knew the schema up to `version`.
 *
 * @param rows - what it had written, as statements
 */
export async function makeOlderFile(file: string, version: number, rows = ''): Promise<void> {
  const database = await openDriver(file, 50);
  database.exec('PRAGMA journal_mode = WAL');
  database.exec(MAKE_VERSIONS);
  for (const step of MIGRATIONS.slice(0, version)) {
    for (const statement of statementsOf(step)) database.exec(statement);
  }
  database.exec(rows);
  database.close();
}
