import pg from 'pg';
import { DatabaseOpenError } from '../sql/database-open-error.js';
import { unavailableReason } from './unavailable.js';
import { tellUnknownParameter } from './url-parameters.js';

/** Where a connection goes, and as whom. */
export interface Server {
  readonly connectionString: string;
  readonly login: string;
  /** For operators: the host, the database and the login. Never the password, nor any other part of the URL. */
  readonly description: string;
  /** Whether a connection crosses a network without TLS: it goes to a host, and not to this one. */
  readonly isInClear: boolean;
}

/** The names and addresses of this host, as a URL or `PGHOST` spells them. */
const THIS_HOST = /^(?:localhost|127(?:\.\d+){3}|::1)$/;

/**
 * Reads a connection URL, with what the environment adds to it (`PGHOST`, `PGUSER`, …). Opens nothing.
 *
 * @param setting - what the operator calls it, for the error
 * @throws {DatabaseOpenError} when it is none, of which the error repeats nothing, or has a parameter that nothing here acts on
 */
export function parseServer(connectionString: string, setting: string): Server {
  let client: pg.Client;
  try {
    if (!/^postgres(ql)?:\/\//.test(connectionString)) throw new Error('another scheme');
    client = new pg.Client({ connectionString });
  } catch (error) {
    const file = unreadFileOf(error);
    if (file !== undefined) {
      throw new DatabaseOpenError(
        `${setting} names a certificate or key that cannot be read (sslrootcert, sslcert or sslkey): ${file}`,
      );
    }
    // What went wrong may hold the URL, and the URL the password: it is no cause of this error.
    throw new DatabaseOpenError(
      `${setting} is not a PostgreSQL URL, like postgres://login:password@host:5432/database`,
    );
  }
  const problem = tellUnknownParameter(connectionString);
  if (problem !== undefined) throw new DatabaseOpenError(`${setting} ${problem}`);
  const { host, port, database, user, ssl } = client;
  const isSocket = host.startsWith('/');
  const place = isSocket ? host : `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const login = user ?? '';
  return {
    connectionString,
    login,
    description: `${database ?? ''} at ${place} as ${login}`,
    isInClear: !ssl && !isSocket && !THIS_HOST.test(host),
  };
}

/** The file that an error of the file system is about, if it is one. */
function unreadFileOf(error: unknown): string | undefined {
  if (!(error instanceof Error && 'syscall' in error && 'path' in error)) return undefined;
  return typeof error.path === 'string' ? error.path : undefined;
}

/** The error for an operator whose database cannot be used. */
export function cannotUse(server: Server, error: unknown): DatabaseOpenError {
  if (error instanceof DatabaseOpenError) return error;
  return new DatabaseOpenError(`Cannot use the database ${server.description}: ${describe(error)}`, { cause: error });
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  const reason = unavailableReason(error) ?? error.message;
  return reason.replace(/\s+/g, ' ');
}
