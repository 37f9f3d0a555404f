import type { Compilable, CompiledQuery, DialectAdapter, Kysely } from 'kysely';
import type { Database } from './schema.js';

/** A query of one shape, run with the values of one call. Answers the rows that it gives. */
export type Statement<Values extends object, Row> = (db: Kysely<Database>, values: Values) => Promise<readonly Row[]>;

/** Stands for a value while the text of a statement is made. Whoever reckons with it finds out at the first run. */
class Placeholder {
  constructor(readonly name: string) {}

  [Symbol.toPrimitive](): never {
    throw new TypeError(`The value ${this.name} is not known while the statement is made: reckon before it is run`);
  }

  toJSON(): never {
    return this[Symbol.toPrimitive]();
  }
}

/** Each value by its name, in place of what it will be. */
const PLACEHOLDERS = new Proxy<Record<string, Placeholder>>(
  {},
  { get: (_target, name) => new Placeholder(String(name)) },
);

/**
 * The adapter of a database that answers on the spot. kysely takes a compiled query to its connection through a queue and a
 * handful of promises, which costs more than most statements of a token request do themselves.
 */
export interface PromptAdapter extends DialectAdapter {
  /**
   * Runs a query now, and answers its rows. Undefined, and nothing was run, where the connection is somebody else's at the
   * moment: then it goes the common way, and waits.
   *
   * @param isTransaction - whether whoever asks is the transaction that has the connection
   */
  runNow(query: CompiledQuery, isTransaction: boolean): unknown[] | undefined;
}

/**
 * A query that is put together and compiled once for each database, and not at every run: for a token request that was
 * more than half of what its statements cost.
 *
 * `build` gets a stand-in for each value and may only hand it on, as a parameter. Its shape must not depend on a value: a
 * column that is null or not, a list of any length and a condition that may be left out are no statement.
 *
 * @throws {TypeError} the first run does, where `build` did more with a value than hand it on
 */
export function statement<Values extends object, Row>(
  build: (db: Kysely<Database>, values: Values) => Compilable<Row>,
): Statement<Values, Row> {
  // One database speaks one dialect, and has one adapter for all its connections and transactions.
  const compiled = new WeakMap<DialectAdapter, CompiledQuery<Row>>();
  return async (db, values) => {
    const { adapter } = db.getExecutor();
    let query = compiled.get(adapter);
    if (query === undefined) {
      query = build(db, PLACEHOLDERS as Values).compile();
      compiled.set(adapter, query);
    }
    const given = values as Readonly<Record<string, unknown>>;
    const parameters = query.parameters.map((value) => (value instanceof Placeholder ? given[value.name] : value));
    const bound = { ...query, parameters };
    const atOnce = isPrompt(adapter) ? adapter.runNow(bound, db.isTransaction) : undefined;
    return (atOnce as readonly Row[] | undefined) ?? (await db.executeQuery<Row>(bound)).rows;
  };
}

function isPrompt(adapter: DialectAdapter): adapter is PromptAdapter {
  return 'runNow' in adapter;
}
