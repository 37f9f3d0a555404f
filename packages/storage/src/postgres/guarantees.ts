import { type Kysely, sql } from 'kysely';
import type { Database } from '../sql/schema.js';
import { readEncoding } from './encoding.js';
import { ROLE, SCHEMA } from './names.js';
import { readOwnLogins } from './own-logins.js';
import { explainMissing, explainTooMuch, readPrivileges } from './privileges.js';

/** Something that the database itself guards, beside what the program does; whether it does so here is told at start. */
export interface Guarantee {
  readonly id: 'row_level_security' | 'append_only_trail' | 'separate_migration_login' | 'own_logins' | 'every_text';
  readonly held: boolean;
  /** In plain words for the operator: what is guarded, or what is not, why, and what to do. */
  readonly detail: string;
}

interface Facts {
  /** Who the connection came as. */
  readonly login: string;
  /** Who it acts as. */
  readonly role: string;
  /** Null where there is no table. */
  readonly securesRows: boolean | null;
  readonly ownsTrail: boolean;
  readonly mayTakeSchema: boolean;
  readonly isPowerful: boolean;
}

/**
 * What a serving connection can rely on, asked on such a connection.
 *
 * @param migrating - the login that migrates
 * @throws where there are no tables, or a privilege on them is missing that some act needs
 */
export async function readGuarantees(db: Kysely<Database>, migrating: string): Promise<readonly Guarantee[]> {
  const { rows } = await sql<Facts>`
    SELECT session_user::text AS login, current_user::text AS role,
      bool_and(row_security_active(c.oid)) FILTER (WHERE c.relname <> 'schema_version') AS "securesRows",
      bool_or(pg_has_role(current_user, c.relowner, 'USAGE')) FILTER (WHERE c.relname = 'audit_events') AS "ownsTrail",
      bool_or(pg_has_role(session_user, c.relowner, 'MEMBER')) AS "mayTakeSchema",
      (SELECT rolsuper OR rolbypassrls OR rolcreaterole FROM pg_catalog.pg_roles WHERE rolname = session_user)
        AS "isPowerful"
    FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = ${SCHEMA} AND c.relkind = 'r'`.execute(db);
  const [facts] = rows;
  const securesRows = facts?.securesRows ?? null;
  if (facts === undefined || securesRows === null) {
    throw new Error('this database has no schema yet: run npx portcullis migrate with the login that is to own it');
  }
  const { missing, tooMuchOnTrail } = await readPrivileges(db, facts.role);
  if (missing.length > 0) throw new Error(explainMissing(missing, facts.role));
  return [
    rowLevelSecurity(facts.role, securesRows),
    appendOnlyTrail(facts, tooMuchOnTrail),
    separateMigrationLogin(facts),
    { id: 'own_logins', ...(await readOwnLogins(db, migrating)) },
    { id: 'every_text', ...(await readEncoding(db)) },
  ];
}

function rowLevelSecurity(role: string, securesRows: boolean): Guarantee {
  return {
    id: 'row_level_security',
    held: securesRows,
    detail: securesRows
      ? 'The database itself keeps the rows of tenants apart'
      : `The database does not keep the rows of tenants apart: ${role} is above row-level security. ${TAKE_ROLE}`,
  };
}

function appendOnlyTrail({ role, ownsTrail }: Facts, tooMuchOnTrail: readonly string[]): Guarantee {
  const id = 'append_only_trail';
  if (!ownsTrail && tooMuchOnTrail.length === 0) {
    const detail = 'The database itself lets events of the trail be added and read, never changed or deleted';
    return { id, held: true, detail };
  }
  const detail =
    !ownsTrail && role === ROLE
      ? explainTooMuch(tooMuchOnTrail)
      : `The database does not keep events of the trail from being changed: ${role} may. ${TAKE_ROLE}`;
  return { id, held: false, detail };
}

function separateMigrationLogin({ login, mayTakeSchema, isPowerful }: Facts): Guarantee {
  const isSeparate = !mayTakeSchema && !isPowerful;
  return {
    id: 'separate_migration_login',
    held: isSeparate,
    detail: isSeparate
      ? `The login ${login}, which serves, cannot change the schema nor lift what the database guards`
      : `The login ${login}, which serves, could change the schema and lift what the database guards. Set ` +
        'DATABASE_MIGRATION_URL to the login that owns the schema, and DATABASE_URL to another one that owns nothing',
  };
}

const TAKE_ROLE = `Let the login take on the role ${ROLE}: see docs/storage.md`;
