import type { PostgresPool, PostgresPoolClient } from 'kysely';
import pg from 'pg';
import { fromStoredText, toStored } from '../sql/bindable.js';
import type { Server } from './server.js';
import { parametersOfUrl, sessionSettings, settingsOfUrl } from './session-settings.js';
import { breaksConnection, isRefusedByStandby, readOnlyError } from './unavailable.js';

/** How many connections there are, and how long anything may take. */
export interface PoolLimits {
  readonly size: number;
  /** For a new connection, and for a free one. */
  readonly connectTimeoutMilliseconds: number;
  /** 0 is no limit. */
  readonly statementTimeoutMilliseconds: number;
  /** 0 is no limit. */
  readonly lockTimeoutMilliseconds: number;
  /** How long the server may say nothing before its connection is given up, whatever the URL says; 0 is no limit.
   * @defaultValue {@link answerTimeoutOf} */
  readonly answerTimeoutMilliseconds?: number;
}

/** The server stops a statement itself. Should it have gone without a word, the connection is given up this much later. */
const SILENCE_MILLISECONDS = 5_000;

/** How long it may say nothing where the URL says that it may take as long as it likes, or how long in words of the server. */
const LONGEST_SILENCE_MILLISECONDS = 60_000;

const INT8_OID = 20;
const TEXT_OIDS: readonly number[] = [25, 1043];

/** Columns as the stores know them: whole numbers are numbers, texts are what was stored. Only connections of this pool
 * read them so, not everyone who uses the same driver in this process. */
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') => {
    if (oid === INT8_OID) return toSafeInteger;
    if (TEXT_OIDS.includes(oid)) return fromStoredText;
    return pg.types.getTypeParser(oid, format);
  },
};

/**
 * Connections to one server, as kysely takes them. Parameters and columns pass through `toStored` and `fromStoredText`. A
 * connection that failed is closed and never lent again, so that after a restart of the server the next act gets a new
 * one. Nothing is connected before it is needed.
 *
 * @param session - statements of our own that are run once on every new connection, before it is lent
 * @param onIdleLost - called when a connection is lost that nobody uses, of which no act would tell
 */
export function createPool(
  server: Server,
  limits: PoolLimits,
  session: string,
  onIdleLost: () => void = () => undefined,
): PostgresPool {
  const named = settingsOfUrl(server.connectionString);
  const pool = new pg.Pool({
    connectionString: server.connectionString,
    fallback_application_name: 'portcullis',
    types,
    max: limits.size,
    connectionTimeoutMillis: limits.connectTimeoutMilliseconds,
    query_timeout: limits.answerTimeoutMilliseconds ?? answerTimeoutOf(server.connectionString, limits),
    keepAlive: true,
  });
  // Without listeners a server that shuts down would end this process: an idle connection tells the pool, which has
  // dropped it by then; a lent one tells itself, and its next query fails.
  pool.on('error', onIdleLost);
  pool.on('connect', (client) => client.on('error', () => undefined));

  const settings = sessionSettings(limits.statementTimeoutMilliseconds, limits.lockTimeoutMilliseconds, named);
  const begin = `${settings}; ${session}`;
  const ready = new WeakSet<pg.PoolClient>();
  return {
    async connect() {
      const client = await pool.connect();
      try {
        if (!ready.has(client)) await client.query(begin);
        ready.add(client);
        return lend(client);
      } catch (error) {
        client.release(true);
        throw error;
      }
    },
    end: () => pool.end(),
  };
}

/**
 * How long the server may say nothing: for as long as a statement may take, by the URL or else by us, and five seconds more. In
 * milliseconds; 0 where we set no limit, and the URL neither.
 */
export function answerTimeoutOf(
  connectionString: string,
  { statementTimeoutMilliseconds }: Pick<PoolLimits, 'statementTimeoutMilliseconds'>,
): number {
  if (!settingsOfUrl(connectionString).has('statement_timeout')) {
    return statementTimeoutMilliseconds === 0 ? 0 : statementTimeoutMilliseconds + SILENCE_MILLISECONDS;
  }
  // As the driver reads it, which passes it on.
  const byUrl = Number.parseInt(parametersOfUrl(connectionString).get('statement_timeout') ?? '', 10);
  return byUrl > 0 ? byUrl + SILENCE_MILLISECONDS : LONGEST_SILENCE_MILLISECONDS;
}

/** A connection for the time that it is lent. */
function lend(client: pg.PoolClient): PostgresPoolClient {
  let isBroken = false;

  async function query(text: string, parameters: readonly unknown[]): Promise<pg.QueryResult> {
    const stored = parameters.map(toStored);
    try {
      const result = await client.query(text, stored);
      if (text === 'commit' && result.command !== 'COMMIT') throw new Error('The transaction could not be committed');
      return result;
    } catch (problem) {
      const error = isRefusedByStandby(text, problem) ? readOnlyError(problem) : problem;
      isBroken ||= breaksConnection(error);
      // The error that led here is the one to report. A connection that cannot roll back is closed, which does it too.
      if (text !== 'rollback') throw error;
      isBroken = true;
      return { command: 'ROLLBACK', rowCount: 0, oid: 0, fields: [], rows: [] };
    }
  }

  return {
    // kysely's second form is for cursors, which nobody here opens.
    query: query as unknown as PostgresPoolClient['query'],
    release: () => client.release(isBroken),
  };
}

/** @throws {RangeError} where a number would not come back as it was stored */
function toSafeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError('A number of the database is too large');
  return value;
}
