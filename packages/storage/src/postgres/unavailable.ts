import { StorageUnavailableError } from '@portcullis/ports';
import { CERTIFICATE_REASONS } from './certificate-reasons.js';

/** An error as the server or the driver throws it: with a SQLSTATE, a system error's code, or neither. */
function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** The SQLSTATE of an error that the server answered with (PostgreSQL, appendix A), or '' for every other error. */
export function sqlStateOf(error: unknown): string {
  const code = codeOf(error);
  return /^[0-9A-Z]{5}$/.test(code) ? code : '';
}

/** Another transaction was in the way, and nothing of this one happened: it is to be tried again as a whole. */
export function isCollision(error: unknown): boolean {
  return ['40001', '40P01'].includes(sqlStateOf(error));
}

/** Whether the connection is of no use after this error: it was not the server that answered, it said farewell, or it is
 * read-only, which another one need not be. */
export function breaksConnection(error: unknown): boolean {
  const state = sqlStateOf(error);
  return state === '' || state.startsWith('08') || state.startsWith('57P') || ['25006', '25P03'].includes(state);
}

/** Whether an error of an act says that a connection was lost or did not come about, so that the next one may lead elsewhere. */
export function isOfLostConnection(error: unknown): boolean {
  return breaksConnection(error) && unavailableReason(error) !== undefined;
}

/** A standby took the connection: the name leads elsewhere by now, or will. The server has a code for it that says no more
 * than that something is not supported, so it is known by the statement. */
export function isRefusedByStandby(statement: string, error: unknown): boolean {
  return statement.startsWith('start transaction') && sqlStateOf(error) === '0A000';
}

/** What the error of {@link isRefusedByStandby} is to everybody else: the one of a server that is read-only (25006). */
export function readOnlyError(cause: unknown): Error {
  return Object.assign(new Error('the server is a standby', { cause }), { code: '25006' });
}

/** Why the server cannot answer now, by SQLSTATE or its class. */
const STATE_REASONS: readonly (readonly [prefix: string, reason: string])[] = [
  ['08', 'the connection was lost'],
  ['25006', 'it is read-only'],
  ['25P03', 'a transaction was open for too long'],
  ['28P01', 'the password is wrong'],
  ['28', 'the login is refused'],
  ['3D000', 'there is no such database'],
  ['40', 'other transactions were in the way'],
  ['53100', 'its disk is full'],
  ['53300', 'it has too many connections'],
  ['53', 'it is out of resources'],
  ['55P03', 'a lock was held for too long'],
  ['57014', 'a statement took too long'],
  ['57P', 'it is shutting down or starting'],
  ['58', 'its system failed'],
];

/** Why it cannot be reached, by the code of the system's error. */
const SYSTEM_REASONS: Readonly<Record<string, string>> = {
  EACCES: 'its socket may not be opened',
  EAI_AGAIN: 'its name cannot be looked up',
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was lost',
  EHOSTUNREACH: 'its host cannot be reached',
  ENETUNREACH: 'its network cannot be reached',
  ENOENT: 'its socket is not there',
  ENOTFOUND: 'its name is unknown',
  EPIPE: 'the connection was lost',
  ETIMEDOUT: 'it did not answer in time',
};

/** What the driver says, without any code, when a connection is lost or does not come about. */
const DRIVER_REASONS: readonly (readonly [words: RegExp, reason: string])[] = [
  [/^timeout exceeded when trying to connect$/, 'all connections were busy for too long'],
  [
    /^(timeout expired|Connection terminated due to connection timeout|Query read timeout)$/,
    'it did not answer in time',
  ],
  [/^Connection terminated/, 'the connection was lost'],
  [
    /^The server does not support SSL connections$/,
    'it takes no TLS, which the sslmode of the URL, or PGSSLMODE, asks for: switch TLS on at the server (ssl = on), or where ' +
      'no network lies between say sslmode=disable',
  ],
  [/^Client (has encountered a connection error|was closed) and is not queryable$/, 'the connection was lost'],
];

/** Why the database cannot answer now and may later, in plain words; undefined for every other error. */
export function unavailableReason(error: unknown): string | undefined {
  const state = sqlStateOf(error);
  // What a pooler says of itself comes with this one, whatever it is.
  if (state === PROTOCOL_VIOLATION && error instanceof Error) return explainRefusal(error.message);
  if (state !== '') return STATE_REASONS.find(([prefix]) => state.startsWith(prefix))?.[1];
  const code = codeOf(error);
  if (code !== '') return SYSTEM_REASONS[code] ?? CERTIFICATE_REASONS[code];
  if (!(error instanceof Error)) return undefined;
  const { message } = error;
  return DRIVER_REASONS.find(([words]) => words.test(message))?.[1];
}

const PROTOCOL_VIOLATION = '08P01';

function explainRefusal(message: string): string {
  const refusal = `the server, or a pooler before it, broke off with: ${message}`;
  if (!message.includes('startup parameter')) return refusal;
  return `${refusal}; leave that out of the URL, or let the pooler pass it over (ignore_startup_parameters of PgBouncer)`;
}

/** A backup from before a migration was restored while the program ran: a column is not there any more, or a table. Opening
 * brings the schema up to date, and what it meets there is told in the words of the server. */
const OTHER_SCHEMA: readonly string[] = ['42703', '42P01'];

/**
 * What an act throws for an error of the driver: {@link StorageUnavailableError} where the database cannot answer now,
 * else the error itself, without the fields in which the server repeats the values of a row.
 */
export function toStorageError(error: unknown): unknown {
  if (error instanceof StorageUnavailableError) return error;
  const reason = OTHER_SCHEMA.includes(sqlStateOf(error)) ? 'its schema is another one' : unavailableReason(error);
  if (reason !== undefined)
    return new StorageUnavailableError(`The database cannot answer: ${reason}`, { cause: error });
  if (error instanceof Error && sqlStateOf(error) !== '') {
    for (const field of ['detail', 'where', 'internalQuery', 'hint']) Reflect.deleteProperty(error, field);
  }
  return error;
}
