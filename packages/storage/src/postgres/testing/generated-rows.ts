import type { Cluster } from './cluster.js';

/** A table of tenants, and what puts a row into it. */
export interface FillableTable {
  readonly name: string;
  /** The statement that adds a row of this tenant's; `text` is each of its texts. */
  insert(tenantId: string, text: string): string;
}

interface Column {
  readonly table: string;
  readonly column: string;
  readonly type: string;
  /** Whether a row has to give a value. */
  readonly isAsked: boolean;
}

/** What the constraints of a table want beyond a value of the column's type. */
const WANTED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  client_approvals: { status: `'pending'` },
  authorization_transactions: { status: `'open'`, redirect_uri: `'r'`, code_challenge: `'c'` },
  device_codes: { status: `'pending'` },
};

/** Every table of the schema but the one of its version, as the catalogue has it: a table that a later step makes is one of
 * them by itself. Whether what is made up for its row is taken, its constraints say; references to other tables are to be
 * switched off. */
export async function fillableTables(cluster: Cluster, database: string): Promise<readonly FillableTable[]> {
  const columns = await cluster.query<Column>(
    database,
    `SELECT c.relname AS table, a.attname AS column, format_type(a.atttypid, NULL) AS type,
        a.attnotnull AND NOT a.atthasdef AND a.attidentity = '' AS "isAsked"
      FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
      WHERE c.relnamespace = 'portcullis'::regnamespace AND c.relkind = 'r' AND c.relname <> 'schema_version'
        AND a.attnum > 0 AND NOT a.attisdropped
      ORDER BY c.relname, a.attnum`,
  );
  return [...new Set(columns.map(({ table }) => table))].map((name) => ({
    name,
    insert(tenantId, text) {
      const wanted = WANTED[name] ?? {};
      const values = columns
        .filter(({ table, column, isAsked }) => table === name && (isAsked || column in wanted))
        .map(({ column, type }) => ({ column, value: makeUp(column, type) }));
      const list = (key: 'column' | 'value') => values.map((one) => one[key]).join(', ');
      return `INSERT INTO portcullis.${name} (${list('column')}) VALUES (${list('value')})`;

      function makeUp(column: string, type: string): string {
        if (column === 'tenant_id') return `'${tenantId}'`;
        return wanted[column] ?? (type === 'text' ? `'${text}'` : '1');
      }
    },
  }));
}
