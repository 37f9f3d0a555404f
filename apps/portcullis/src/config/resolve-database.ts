import { fail, parseUrl, type Result, succeed } from '@portcullis/protocol';
import { usageError } from '../program-error.js';
import { terminalText } from '../terminal-text.js';
import type { ConfigProblem } from './config-problem.js';
import { readEnvironmentValue } from './environment-value.js';
import type { ConfigInput } from './schema/config-schema.js';
import { readSecret, type SecretSource } from './secret-source.js';

/** PostgreSQL, and which. The URLs hold passwords. */
export interface PostgresConfig {
  readonly url: string;
  /** Where migrations have a login of their own. */
  readonly migrationUrl: string | undefined;
}

/**
 * Where everything is kept: PostgreSQL when the environment or the configuration names it, else undefined, which is SQLite
 * in the data directory. `DATABASE_URL` and `DATABASE_MIGRATION_URL`, or the same with `_FILE` for a file that holds the
 * value, win over the configuration. A `DATABASE_URL` puts both URLs of the configuration aside: its `migrationUrl` is
 * another database's. Does not check that two URLs lead to one database; opening does. What is wrong with the configuration goes to `report`.
 *
 * @param workingDirectory - where relative names of files start from in the environment; in the configuration they start
 *   from `source`
 * @throws {ProgramError} for a variable that is empty, set in both forms, or no such URL; it names the variable, never
 *   what is in it (F-12)
 */
export function resolveDatabase(
  input: ConfigInput['database'],
  source: SecretSource,
  workingDirectory: string,
  report: (problem: ConfigProblem) => void,
): PostgresConfig | undefined {
  const surroundings = { environment: source.environment, baseDirectory: workingDirectory };
  const configured = (key: 'url' | 'migrationUrl'): string | undefined => {
    const reference = input?.[key];
    if (reference === undefined) return undefined;
    const read = readSecret(reference, source);
    const url = read.ok ? parseDatabaseUrl(read.value) : read;
    if (!url.ok) report({ path: ['database', key], message: url.failure });
    return url.ok ? url.value : undefined;
  };
  const urlOfEnvironment = urlFromEnvironment('DATABASE_URL', surroundings);
  const url = urlOfEnvironment ?? configured('url');
  // The configuration's login for migrations belongs to the configuration's database, and to no other one.
  const migrationUrl =
    urlFromEnvironment('DATABASE_MIGRATION_URL', surroundings) ??
    (urlOfEnvironment === undefined ? configured('migrationUrl') : undefined);
  if (url !== undefined) return { url, migrationUrl };
  if (migrationUrl === undefined || input !== undefined) return undefined;
  throw usageError('DATABASE_MIGRATION_URL is set without DATABASE_URL: the gate itself needs a login too');
}

/** A database in words for a person: its name and where it is. Never user, password or parameters. */
export function describeDatabase({ url }: Pick<PostgresConfig, 'url'>): string {
  const { hostname, port, pathname, searchParams } = new URL(url);
  const host = hostname === '' ? (searchParams.get('host') ?? 'localhost') : hostname;
  const at = port === '' ? host : `${host}:${port}`;
  return terminalText(`PostgreSQL, database ${decodeURIComponent(pathname.slice(1))} at ${at}`);
}

/** The same of the database that is migrated, by the URL that migrations use. */
export function describeMigrated({ url, migrationUrl }: PostgresConfig): string {
  return describeDatabase({ url: migrationUrl ?? url });
}

function urlFromEnvironment(name: string, source: SecretSource): string | undefined {
  const found = readEnvironmentValue(name, source);
  if (found === undefined) return undefined;
  const url = parseDatabaseUrl(found.value);
  if (!url.ok) throw usageError(`${found.origin} ${url.failure}`);
  return url.value;
}

/** Those of libpq (PostgreSQL 18, §32.19.3), and one of the driver's own. The driver takes any other text for TLS, and an
 * empty one, as a variable that is not set leaves it, for none. */
const SSL_MODES: readonly string[] = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify'];

/** The failure is a sentence that holds nothing of the text. */
function parseDatabaseUrl(text: string): Result<string, string> {
  if (!/^postgres(?:ql)?:\/\//.test(text)) return fail('must start with postgres:// or postgresql://');
  const url = parseUrl(text);
  if (url === undefined) {
    return fail('is no URL: characters of a user name or password such as @ / : # % are written in percent-encoding');
  }
  const { pathname, hash, searchParams } = url;
  if (hash !== '') return fail('has a fragment: a # in a password is written %23');
  if (!/^\/[^/]+$/.test(pathname) || !isDecodable(pathname)) {
    return fail('must name a database: postgres://USER:PASSWORD@HOST:PORT/NAME');
  }
  if (!searchParams.getAll('sslmode').every((mode) => SSL_MODES.includes(mode))) {
    return fail(`has an sslmode that there is not: it is one of ${SSL_MODES.join(', ')}`);
  }
  return succeed(text);
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
