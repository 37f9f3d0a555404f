import { type Kysely, sql } from 'kysely';
import { sqlLiteral } from '../sql/migration-script.js';
import type { Database } from '../sql/schema.js';
import { quoteName, ROLE, SCHEMA } from './names.js';
import { GRANT_WHAT_ACTS_NEED, grantMissing, type PrivilegeState, readPrivileges } from './privileges.js';

/** Makes the role, for a person to run. */
export const CREATE_ROLE = `CREATE ROLE ${ROLE} NOLOGIN`;

/** A role belongs to the whole cluster: another database of it may be making the same one at this moment. A login that
 * may not make roles goes without; what that means is told when the storage is opened. */
const MAKE_ROLE = `DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = '${ROLE}') THEN
    ${CREATE_ROLE};
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

/** What to tell an operator whose login can neither take on the role nor do without it: why, and all that is to be run. */
export function explainNotTaken({ exists, isMember, owner, privileges }: RoleState, login: string): string {
  const migrating = `then as the login ${owner}, which owns the schema, run npx portcullis migrate, which gives the role what acts need`;
  if (!exists) {
    return (
      `there is no role ${ROLE}, which the login ${login} is to take on; as an administrator: ` +
      `${CREATE_ROLE}; ${grantRoleTo(login)}; ${migrating}`
    );
  }
  // Since version 16 a member may be kept from taking the role on, and being made one once more does not change that.
  if (isMember) {
    return (
      `the login ${login} is a member of the role ${ROLE}, but one that may not take it on; as an administrator: ` +
      `${grantRoleTo(login)} WITH SET TRUE`
    );
  }
  const whatComesAfter = privileges.missing.length > 0 ? `; ${migrating}` : '';
  return `the login ${login} is no member of the role ${ROLE}; as an administrator: ${grantRoleTo(login)}${whatComesAfter}`;
}

/** For a person to run. */
export function grantRoleTo(login: string): string {
  return `GRANT ${ROLE} TO ${quoteName(login)}`;
}

/** How it stands with the role. */
export interface RoleState {
  readonly exists: boolean;
  readonly privileges: PrivilegeState;
  /** Who owns the schema. */
  readonly owner: string;
  /** Whether the serving login owns the schema, or is of the role that does. */
  readonly servesAsOwner: boolean;
  /** Whether the serving login is a member of the role, however that is made of use. */
  readonly isMember: boolean;
  /** Whether the serving login may take the role on. */
  readonly isTaken: boolean;
}

/** How it stands with the role after {@link prepareRole}. */
export interface PreparedRole extends RoleState {
  /** What was run for it, as statements. */
  readonly ran: readonly string[];
}

/**
 * Makes the role, gives it what the acts need, and lets `login` take it on: as much of it as is missing, and as the login
 * of this connection may. Run in the transaction of the migrations. Answers how it stands then.
 */
export async function prepareRole(trx: Kysely<Database>, login: string): Promise<PreparedRole> {
  const { exists: wasThere } = await readRole(trx, login);
  if (!wasThere) await sql.raw(MAKE_ROLE).execute(trx);
  const before = await readRole(trx, login);
  if (!before.exists) return { ...before, ran: [] };
  const grants = grantMissing(before.privileges.missing);
  const ran = [...(wasThere ? [] : [CREATE_ROLE]), ...grants];
  if (grants.length === 0 && before.isTaken) return { ...before, ran };
  for (const statement of grants) await sql.raw(statement).execute(trx);
  if (!before.isTaken) {
    await sql`SELECT set_config('portcullis.login', ${login}, true)`.execute(trx);
    await sql.raw(GRANT_ROLE_TO_LOGIN).execute(trx);
  }
  const after = await readRole(trx, login);
  return { ...after, ran: after.isTaken && !before.isTaken ? [...ran, grantRoleTo(login)] : ran };
}

/** How it stands with the role, for a serving `login`. Changes nothing. */
export async function readRole(trx: Kysely<Database>, login: string): Promise<RoleState> {
  const { rows } = await sql<Omit<RoleState, 'privileges'>>`
    SELECT r.oid IS NOT NULL AS "exists",
      pg_get_userbyid(n.nspowner)::text AS owner,
      l.oid IS NOT NULL AND pg_has_role(l.oid, n.nspowner, 'USAGE') AS "servesAsOwner",
      COALESCE(pg_has_role(l.oid, r.oid, 'MEMBER'), false) AS "isMember",
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
