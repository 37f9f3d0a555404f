import { type Kysely, sql } from 'kysely';
import type { Database } from '../sql/schema.js';
import { quoteName, ROLE, SCHEMA } from './names.js';

const ALL_THAT_ACTS_DO = ['SELECT', 'INSERT', 'UPDATE', 'DELETE'] as const;

/** What acts need of each table. No TRUNCATE, which row-level security does not see; and of the trail neither UPDATE nor
 * DELETE. */
const NEEDED: Readonly<Record<keyof Database, readonly string[]>> = {
  clients: ALL_THAT_ACTS_DO,
  client_approvals: ALL_THAT_ACTS_DO,
  resource_servers: ALL_THAT_ACTS_DO,
  users: ALL_THAT_ACTS_DO,
  sign_in_sessions: ALL_THAT_ACTS_DO,
  authorization_transactions: ALL_THAT_ACTS_DO,
  pushed_requests: ALL_THAT_ACTS_DO,
  authorization_codes: ALL_THAT_ACTS_DO,
  device_codes: ALL_THAT_ACTS_DO,
  grants: ALL_THAT_ACTS_DO,
  refresh_tokens: ALL_THAT_ACTS_DO,
  consents: ALL_THAT_ACTS_DO,
  one_time_ids: ALL_THAT_ACTS_DO,
  disabled_assertion_issuers: ALL_THAT_ACTS_DO,
  revocation_marks: ALL_THAT_ACTS_DO,
  signing_keys: ALL_THAT_ACTS_DO,
  served_issuers: ['SELECT', 'INSERT', 'UPDATE'],
  turns: ['SELECT', 'INSERT', 'UPDATE'],
  audit_events: ['SELECT', 'INSERT'],
  schema_version: ['SELECT'],
};

const TRAIL: keyof Database = 'audit_events';

/** With any of these, events could be changed or lost, or new ones be altered on their way; UPDATE of one column is enough.
 * MAINTAIN, which not every version knows, does none of it. */
const TOO_MUCH_ON_TRAIL = ['UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER'];

/** Privileges on one table, or on the schema where the table is null. */
export interface Privileges {
  readonly table: string | null;
  readonly privileges: readonly string[];
}

/** Privileges that are missing, and whether the login of the connection may give them. */
export interface MissingPrivileges extends Privileges {
  readonly mayGive: boolean;
}

/** How a role stands to what acts need. */
export interface PrivilegeState {
  /** Of the tables that there are. */
  readonly missing: readonly MissingPrivileges[];
  /** What it may do to the trail beyond adding to it and reading it. */
  readonly tooMuchOnTrail: readonly string[];
}

/** What {@link readPrivileges} asks of, in the order in which it is told. */
const ASKED = [
  { table: null, privilege: 'USAGE', isNeeded: true },
  ...Object.entries(NEEDED).flatMap(([table, needed]) =>
    needed.map((privilege) => ({ table, privilege, isNeeded: true })),
  ),
  ...TOO_MUCH_ON_TRAIL.map((privilege) => ({ table: TRAIL, privilege, isNeeded: false })),
].map((asked, place) => ({ ...asked, place }));

/** All that is given to the role, a statement for each table. */
export const GRANT_WHAT_ACTS_NEED: readonly string[] = [
  grantStatement(['USAGE'], [null], ROLE),
  ...Object.entries(NEEDED).map(([table, needed]) => grantStatement(needed, [table], ROLE)),
];

/**
 * How `role` stands to what acts need, each privilege on each table asked for by itself: as it is in effect, whoever gave it,
 * and through whatever membership. Reads catalogues alone. A table that is not there is passed over; to a role that does not
 * exist everything is missing.
 */
export async function readPrivileges(db: Kysely<Database>, role: string): Promise<PrivilegeState> {
  const { rows } = await sql<MissingPrivileges & { readonly isNeeded: boolean }>`
    SELECT "table", array_agg(privilege ORDER BY place) AS privileges, "isNeeded", "mayGive" FROM (
      SELECT a.*,
        CASE WHEN r.oid IS NULL AND (a."table" IS NULL OR c.oid IS NOT NULL) THEN false
          WHEN a."table" IS NULL THEN has_schema_privilege(r.oid, n.oid, a.privilege)
          WHEN NOT a."isNeeded" AND a.privilege IN ('UPDATE', 'REFERENCES')
            THEN has_any_column_privilege(r.oid, c.oid, a.privilege)
          ELSE has_table_privilege(r.oid, c.oid, a.privilege) END AS "isHeld",
        CASE WHEN a."table" IS NULL THEN has_schema_privilege(n.oid, a.privilege || ' WITH GRANT OPTION')
          ELSE has_table_privilege(c.oid, a.privilege || ' WITH GRANT OPTION') END AS "mayGive"
      FROM jsonb_to_recordset(${JSON.stringify(ASKED)}::jsonb)
          AS a("table" text, privilege text, "isNeeded" boolean, place integer)
        JOIN pg_catalog.pg_namespace AS n ON n.nspname = ${SCHEMA}
        LEFT JOIN pg_catalog.pg_roles AS r ON r.rolname = ${role}
        LEFT JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relkind = 'r' AND c.relname = a."table"
    ) AS found
    WHERE "isHeld" <> "isNeeded"
    GROUP BY "table", "isNeeded", "mayGive" ORDER BY min(place)`.execute(db);
  return {
    missing: rows
      .filter(({ isNeeded }) => isNeeded)
      .map(({ table, privileges, mayGive }) => ({ table, privileges, mayGive })),
    tooMuchOnTrail: rows.filter(({ isNeeded }) => !isNeeded).flatMap(({ privileges }) => privileges),
  };
}

/** What gives the role of it what the login of the connection may give. */
export function grantMissing(missing: readonly MissingPrivileges[]): readonly string[] {
  return grantStatements(
    missing.filter(({ mayGive }) => mayGive),
    ROLE,
  );
}

/** What acts need of tables that are still to be made: of all but those that are `there`, for the login that makes them. */
export function missingOnOthers(there: readonly (string | null)[]): readonly MissingPrivileges[] {
  const all = [
    { table: null, privileges: ['USAGE'] },
    ...Object.entries(NEEDED).map(([table, privileges]) => ({ table, privileges })),
  ];
  return all.filter(({ table }) => !there.includes(table)).map((one) => ({ ...one, mayGive: true }));
}

/** Which privileges on which tables, in words. */
function nameMissing(missing: readonly Privileges[], role: string): string {
  const groups = groupByPrivileges(missing).map(({ privileges, tables }) => {
    const what = tables.map((table) => table ?? `the schema ${SCHEMA}`);
    return `${privileges.join(', ')} on ${what.join(', ')}`;
  });
  return `the role ${role} lacks ${groups.join('; ')}`;
}

/** What to tell an operator whose acts would be denied: which privileges on which tables are missing, and what to run. */
export function explainMissing(missing: readonly Privileges[], role: string): string {
  // Of a role that was just made by hand nobody wants to read all of it.
  if (role === ROLE && countOf(missing) === countOf(missingOnOthers([]))) {
    return `the role ${ROLE} was given nothing yet of what acts need; as the owner of the schema run npx portcullis migrate, which gives it`;
  }
  const migrating = role === ROLE ? 'as the owner of the schema run npx portcullis migrate, or ' : '';
  const statements = grantStatements(missing, quoteName(role)).join('; ');
  return `${nameMissing(missing, role)}; ${migrating}as the owner or an administrator: ${statements}`;
}

const countOf = (all: readonly Privileges[]): number =>
  all.reduce((count, { privileges }) => count + privileges.length, 0);

function grantStatements(missing: readonly Privileges[], grantee: string): readonly string[] {
  return groupByPrivileges(missing).map(({ privileges, tables }) => grantStatement(privileges, tables, grantee));
}

/** What to tell an operator where the role itself may do more to the trail than it should. */
export function explainTooMuch(privileges: readonly string[]): string {
  return (
    `The database does not keep events of the trail from being changed: beyond SELECT and INSERT the role ${ROLE} has ` +
    `${privileges.join(', ')} on ${TRAIL}. As the owner or an administrator: ` +
    `REVOKE ${privileges.join(', ')} ON ${SCHEMA}.${TRAIL} FROM ${ROLE}, or take it out of the role that has them`
  );
}

function groupByPrivileges(
  all: readonly Privileges[],
): readonly { privileges: readonly string[]; tables: (string | null)[] }[] {
  const groups = new Map<string, { privileges: readonly string[]; tables: (string | null)[] }>();
  for (const { table, privileges } of all) {
    const key = privileges.join();
    const group = groups.get(key) ?? { privileges, tables: [] };
    group.tables.push(table);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** USAGE is of the schema alone, and the only one of it. */
function grantStatement(privileges: readonly string[], tables: readonly (string | null)[], grantee: string): string {
  const on = tables.map((table) => (table === null ? `SCHEMA ${SCHEMA}` : `${SCHEMA}.${table}`));
  return `GRANT ${privileges.join(', ')} ON ${on.join(', ')} TO ${grantee}`;
}
