import { StorageUnavailableError } from '@portcullis/ports';
import { describeDatabase, type PostgresConfig } from '../config/resolve-database.js';
import { terminalText } from '../terminal-text.js';

/**
 * What the log says of a store that does not answer: where it is, and who the gate is to it, without a password; and why, in
 * the words that a start has. Of an error that no adapter put into words the kind alone is told, since it may quote a row.
 *
 * @param database - undefined is SQLite, in `databaseFile`
 */
export function tellStorageFault(
  error: unknown,
  database: Pick<PostgresConfig, 'url'> | undefined,
  databaseFile: string,
): { readonly where: string; readonly why: string } {
  const kind = error instanceof Error ? error.name : 'not an Error';
  const why = error instanceof StorageUnavailableError ? error.message : `The database cannot answer: ${kind}`;
  if (database === undefined) return { where: databaseFile, why };
  const login = loginOf(new URL(database.url));
  return { where: describeDatabase(database) + (login === '' ? '' : `, login ${terminalText(login)}`), why };
}

/** As the driver reads it: the parameter comes first, and a `%` that begins no escape is one. */
function loginOf({ username, searchParams }: URL): string {
  const named = searchParams.get('user');
  if (named !== null && named !== '') return named;
  try {
    return decodeURIComponent(username);
  } catch {
    return username;
  }
}
