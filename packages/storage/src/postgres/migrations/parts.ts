/** Compared and ordered byte by byte, whatever the locale of the database is. */
export const TEXT = 'text COLLATE "C"';

/** Whole seconds since the epoch. */
export const TIME = 'bigint';

/** Not set is NULL, or empty after a transaction that had set it: neither is a tenant. */
export const OWN_ROW = `tenant_id = current_setting('portcullis.tenant_id', true)`;

/** What binds everybody, the owner of the table as well, to what its policies allow. */
export function guard(table: string): readonly string[] {
  return [`ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY`, `ALTER TABLE ${table} FORCE ROW LEVEL SECURITY`];
}

/** What lets an act see and write the rows of its own tenant, and no others. */
export function ownRowsOnly(table: string): readonly string[] {
  return [...guard(table), `CREATE POLICY own_tenant ON ${table} USING (${OWN_ROW}) WITH CHECK (${OWN_ROW})`];
}
