import { type Kysely, sql } from 'kysely';
import { sqlLiteral } from '../sql/migration-script.js';
import type { Database } from '../sql/schema.js';
import { quoteName, ROLE, SCHEMA } from './names.js';
import { GRANT_WHAT_ACTS_NEED, grantMissing, type PrivilegeState, readPrivileges } from './privileges.js';

/** A role belongs to the whole cluster: another database of it may be making the same one at this moment. A login that
 * may not make roles goes without; what that means is told when the storage is opened. */
const MAKE_ROLE = `DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = '${ROLE}') THEN
    CREATE ROLE ${ROLE} NOLOGIN;
  END IF;
EXCEPTION WHEN duplicate_object OR unique_violation OR insufficient_privilege THEN NULL;
END $$`;

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

/** For a person to run. */
export function grantRoleTo(login: string): string {
  return `GRANT ${ROLE} TO ${quoteName(login)}`;
}

/** How it stands with the role. */
export interface RoleState {
  readonly exists: boolean;
  readonly privileges: PrivilegeState;
  /** Whether the serving login owns the schema, or is of the role that does. */
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
  const grants = grantMissing(before.privileges.missing);
  if (!before.exists || (grants.length === 0 && before.isTaken)) return before;
  for (const statement of grants) await sql.raw(statement).execute(trx);
  if (!before.isTaken) {
    await sql`SELECT set_config('portcullis.login', ${login}, true)`.execute(trx);
    await sql.raw(GRANT_ROLE_TO_LOGIN).execute(trx);
  }
  return readRole(trx, login);
}

/** How it stands with the role, for a serving `login`. Changes nothing. */
export async function readRole(trx: Kysely<Database>, login: string): Promise<RoleState> {
  const { rows } = await sql<Omit<RoleState, 'privileges'>>`
    SELECT r.oid IS NOT NULL AS "exists",
      l.oid IS NOT NULL AND pg_has_role(l.oid, n.nspowner, 'USAGE') AS "servesAsOwner",
      l.oid IS NOT NULL AND r.oid IS NOT NULL AND pg_has_role(l.oid, r.oid,
        CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END) AS "isTaken"
    FROM pg_catalog.pg_namespace AS n
      LEFT JOIN pg_catalog.pg_roles AS r ON r.rolname = ${ROLE}
      LEFT JOIN pg_catalog.pg_roles AS l ON l.rolname = ${login}
    WHERE n.nspname = ${SCHEMA}`.execute(trx);
  const [state] = rows;
  if (state === undefined) throw new Error(`the schema ${SCHEMA} has vanished`);
  return { ...state, privileges: await readPrivileges(trx, ROLE) };
}
