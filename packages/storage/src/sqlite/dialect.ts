import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type SelectModifierNode,
  SqliteAdapter,
  SqliteDriver,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type SqliteStatement,
} from 'kysely';
import { fromStored, toStored } from '../sql/bindable.js';
import type { PromptAdapter } from '../sql/statement.js';
import type { DriverDatabase, DriverStatement } from './driver.js';

/**
 * kysely's SQLite dialect over the `node:sqlite` interface. Parameters and columns pass through {@link toStored} and
 * {@link fromStored}. There is one connection, held by whoever runs a transaction, so those of one process queue.
 */
export function createSqliteDialect(database: DriverDatabase): Dialect {
  const prepare = rememberStatements((sql) => adapt(database.prepare(sql)));
  const driver = new ImmediateSqliteDriver({ database: { close: () => database.close(), prepare } });
  return {
    createDriver: () => driver,
    createQueryCompiler: () => new UnlockedQueryCompiler(),
    createAdapter: () => new PromptSqliteAdapter(driver, prepare),
    createIntrospector: (db) => new SqliteIntrospector(db),
  };
}

/** The stores ask for locks on rows (`FOR UPDATE`), which SQLite knows nothing of and has no need for: a transaction has
 * the whole file to itself. */
class UnlockedQueryCompiler extends SqliteQueryCompiler {
  protected override visitSelectModifier(node: SelectModifierNode): void {
    if (node.modifier === 'Distinct' || node.rawModifier !== undefined) super.visitSelectModifier(node);
  }
}

/**
 * Takes the write lock when a transaction begins. A deferred transaction that reads and then writes fails at once when
 * another process wrote in between, and no busy timeout helps it.
 */
class ImmediateSqliteDriver extends SqliteDriver {
  #isTaken = false;

  /** Whether a transaction, or a statement on its way to its rows, has the one connection. */
  get isTaken(): boolean {
    return this.#isTaken;
  }

  override async acquireConnection(): Promise<DatabaseConnection> {
    const connection = await super.acquireConnection();
    this.#isTaken = true;
    return connection;
  }

  override async releaseConnection(): Promise<void> {
    this.#isTaken = false;
    await super.releaseConnection();
  }

  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }

  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    try {
      await connection.executeQuery(CompiledQuery.raw('rollback'));
    } catch {
      // SQLite itself has rolled back (disk full, input/output error). The error that led here is the one to report;
      // were a transaction still open, the next `begin` would fail.
    }
  }
}

/**
 * Runs what is compiled already without kysely's way to the connection, see {@link PromptAdapter}. The driver is
 * synchronous, so nothing comes between the question whether the connection is free and the rows.
 */
class PromptSqliteAdapter extends SqliteAdapter implements PromptAdapter {
  readonly #driver: ImmediateSqliteDriver;
  readonly #prepare: (sql: string) => SqliteStatement;

  constructor(driver: ImmediateSqliteDriver, prepare: (sql: string) => SqliteStatement) {
    super();
    this.#driver = driver;
    this.#prepare = prepare;
  }

  runNow({ sql, parameters }: CompiledQuery, isTransaction: boolean): unknown[] | undefined {
    if (this.#driver.isTaken !== isTransaction) return undefined;
    const statement = this.#prepare(sql);
    if (statement.reader) return statement.all(parameters);
    statement.run(parameters);
    return [];
  }
}

/** Statements kept, prepared. The stores have fewer; those with lists of any length could be more. */
const MAX_STATEMENTS = 500;

/** Prepares each statement once: there are few, and preparing costs more than most take to run. */
function rememberStatements(prepare: (sql: string) => SqliteStatement): (sql: string) => SqliteStatement {
  const statements = new Map<string, SqliteStatement>();
  return (sql) => {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    const statement = prepare(sql);
    if (statements.size >= MAX_STATEMENTS) statements.clear();
    statements.set(sql, statement);
    return statement;
  };
}

function adapt(statement: DriverStatement): SqliteStatement {
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => readAll(statement, parameters),
    run: (parameters) => statement.run(...parameters.map(toStored)),
    iterate: (parameters) => readAll(statement, parameters)[Symbol.iterator](),
  };
}

function readAll(statement: DriverStatement, parameters: readonly unknown[]): unknown[] {
  const rows = statement.all(...parameters.map(toStored)) as Record<string, unknown>[];
  // Written over in place: the rows are ours, and a copy of each would cost more than reading it.
  for (const row of rows) for (const column in row) row[column] = fromStored(row[column]);
  return rows;
}
