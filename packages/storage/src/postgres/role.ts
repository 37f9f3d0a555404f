import { type Kysely, sql } from 'kysely';
import { sqlLiteral } from '../sql/migration-script.js';
import type { Database } from '../sql/schema.js';

/** The schema that holds every table of ours, and the role that serving connections take on. The role has no login and
 * owns nothing. Both names are fixed: they stand in statements. */
export const SCHEMA = 'portcullis';
export const ROLE = 'portcullis_app';

/** A role belongs to the whole cluster: another database of it may be making the same one at this moment. A login that
 * may not make roles goes without; what that means is told when the storage is opened. */
const MAKE_ROLE = `DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = '${ROLE}') THEN
    CREATE ROLE ${ROLE} NOLOGIN;
  END IF;
EXCEPTION WHEN duplicate_object OR unique_violation OR insufficient_privilege THEN NULL;
END $$`;

/** No TRUNCATE, which row-level security does not see; and of the trail neither UPDATE nor DELETE. */
const GRANT_WHAT_ACTS_NEED = [
  `GRANT USAGE ON SCHEMA ${SCHEMA} TO ${ROLE}`,
  `GRANT SELECT, INSERT, UPDATE, DELETE ON clients, client_approvals, resource_servers, users, sign_in_sessions,
    authorization_transactions, pushed_requests, authorization_codes, device_codes, grants, refresh_tokens, consents,
    one_time_ids, disabled_assertion_issuers, revocation_marks, signing_keys TO ${ROLE}`,
  `GRANT SELECT, INSERT, UPDATE ON turns TO ${ROLE}`,
  `GRANT SELECT, INSERT ON audit_events TO ${ROLE}`,
  `GRANT SELECT ON schema_version TO ${ROLE}`,
];

/** The server itself quotes the name: it comes as a setting of the transaction, not as a part of the statement. */
const GRANT_ROLE_TO_LOGIN = `DO $$ BEGIN
  EXECUTE format('GRANT ${ROLE} TO %I', current_setting('portcullis.login'));
EXCEPTION WHEN insufficient_privilege OR unique_violation THEN NULL;
END $$`;

/** What {@link prepareRole} runs at most, for a script; the login is a literal there, and quoted by the server itself. */
export function roleStatements(login: string): readonly string[] {
  const nameLogin = `SELECT set_config('portcullis.login', ${sqlLiteral(login)}, true)`;
  return [MAKE_ROLE, ...GRANT_WHAT_ACTS_NEED, nameLogin, GRANT_ROLE_TO_LOGIN];
}

/** What to tell an operator whose login can neither take on the role nor do without it. */
export function explainNotTaken(login: string): string {
  return `its schema is not for the login ${login}; as an administrator: ${grantRoleTo(login)}`;
}

/** For a person to run: the program itself builds no statement from a name. */
export function grantRoleTo(login: string): string {
  return `GRANT ${ROLE} TO "${login.replaceAll('"', '""')}"`;
}

/** How it stands with the role. */
export interface RoleState {
  readonly exists: boolean;
  readonly hasPrivileges: boolean;
  /** Whether the login of this connection owns the schema, or is of the role that does. */
  readonly isOwner: boolean;
  /** Whether the serving login does. */
  readonly servesAsOwner: boolean;
  /** Whether the serving login may take the role on. */
  readonly isTaken: boolean;
}

/**
 * Makes the role, gives it what the acts need, and lets `login` take it on: as much of it as is missing, and as the login
 * of this connection may. Run in the transaction of the migrations, with the schema in the search path. Answers how it
 * stands then.
 */
export async function prepareRole(trx: Kysely<Database>, login: string): Promise<RoleState> {
  await sql.raw(MAKE_ROLE).execute(trx);
  const before = await readRole(trx, login);
  if (!before.exists || (before.hasPrivileges && before.isTaken)) return before;
  if (before.isOwner && !before.hasPrivileges) {
    for (const statement of GRANT_WHAT_ACTS_NEED) await sql.raw(statement).execute(trx);
  }
  if (!before.isTaken) {
    await sql`SELECT set_config('portcullis.login', ${login}, true)`.execute(trx);
    await sql.raw(GRANT_ROLE_TO_LOGIN).execute(trx);
  }
  return readRole(trx, login);
}

/** How it stands with the role, for a serving `login`. Changes nothing. */
export async function readRole(trx: Kysely<Database>, login: string): Promise<RoleState> {
  const { rows } = await sql<RoleState>`
    SELECT r.oid IS NOT NULL AS "exists",
      r.oid IS NOT NULL AND has_schema_privilege(r.oid, n.oid, 'USAGE') AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_class AS c WHERE c.relnamespace = n.oid AND c.relkind = 'r'
          AND NOT has_table_privilege(r.oid, c.oid, 'SELECT')) AS "hasPrivileges",
      pg_has_role(n.nspowner, 'USAGE') AS "isOwner",
      l.oid IS NOT NULL AND pg_has_role(l.oid, n.nspowner, 'USAGE') AS "servesAsOwner",
      l.oid IS NOT NULL AND r.oid IS NOT NULL AND pg_has_role(l.oid, r.oid,
        CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END) AS "isTaken"
    FROM pg_catalog.pg_namespace AS n
      LEFT JOIN pg_catalog.pg_roles AS r ON r.rolname = ${ROLE}
      LEFT JOIN pg_catalog.pg_roles AS l ON l.rolname = ${login}
    WHERE n.nspname = ${SCHEMA}`.execute(trx);
  const [state] = rows;
  if (state === undefined) throw new Error(`the schema ${SCHEMA} has vanished`);
  return state;
}
