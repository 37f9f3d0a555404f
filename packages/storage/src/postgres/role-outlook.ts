import { type Kysely, sql } from 'kysely';
import type { Database } from '../sql/schema.js';
import { ROLE } from './names.js';
import { explainMissing, explainTooMuch, type PrivilegeState } from './privileges.js';
import { CREATE_ROLE, grantRoleTo } from './role.js';

/** What the login of a connection may do for the role, and for whom. */
export interface RoleOutlook {
  /** Who migrates. */
  readonly login: string;
  /** Who serves, as far as is known: the same one where only one login was named. */
  readonly serving: string;
  readonly hasRole: boolean;
  readonly mayMakeRole: boolean;
  /** Whether the serving login may take the role on. */
  readonly isTaken: boolean;
  /** Whether the login may let the serving one take the role on; of a role still to be made, whether it may then. */
  readonly mayLendRole: boolean;
  /** Whether some other login that may connect here may take the role on, superusers apart: it may be the one that serves. */
  readonly isTakenByOther: boolean;
}

/** Reads catalogues alone. @param serving - the login of `DATABASE_URL` */
export async function readRoleOutlook(db: Kysely<Database>, serving: string): Promise<RoleOutlook> {
  // Since version 16 whoever makes a role may lend that one; before, whoever may make roles lends every one.
  const { rows } = await sql<RoleOutlook>`
    SELECT me.rolname::text AS login,
      ${serving}::text AS serving,
      r.oid IS NOT NULL AS "hasRole",
      me.rolsuper OR me.rolcreaterole AS "mayMakeRole",
      COALESCE(pg_has_role(l.oid, r.oid, v.taking), false) AS "isTaken",
      me.rolsuper OR COALESCE(pg_has_role(r.oid, 'MEMBER WITH ADMIN OPTION'), false)
        OR (me.rolcreaterole AND (r.oid IS NULL OR v.number < 160000)) AS "mayLendRole",
      EXISTS (SELECT FROM pg_catalog.pg_roles AS o
        WHERE o.rolcanlogin AND NOT o.rolsuper AND o.oid <> me.oid AND pg_has_role(o.oid, r.oid, v.taking)
          AND has_database_privilege(o.oid, current_database(), 'CONNECT')) AS "isTakenByOther"
    FROM pg_catalog.pg_roles AS me
      CROSS JOIN (SELECT number, CASE WHEN number >= 160000 THEN 'SET' ELSE 'MEMBER' END AS taking
        FROM (SELECT current_setting('server_version_num')::int AS number) AS version) AS v
      LEFT JOIN pg_catalog.pg_roles AS r ON r.rolname = ${ROLE}
      LEFT JOIN pg_catalog.pg_roles AS l ON l.rolname = ${serving}
    WHERE me.rolname = current_user`.execute(db);
  const [outlook] = rows;
  if (outlook === undefined) throw new Error('the login has vanished');
  return outlook;
}

/**
 * What of the role is missing or too much, a sentence each for the operator.
 *
 * @param when - whether migrating is still to do what the login may, or has done it
 */
export function tellDoubts(
  outlook: RoleOutlook,
  { missing, tooMuchOnTrail }: PrivilegeState,
  when: 'planned' | 'done',
): readonly string[] {
  const kept = outlook.hasRole ? missing.filter(({ mayGive }) => !mayGive) : [];
  return [
    ...roleDoubts(outlook, when),
    ...(kept.length === 0 ? [] : [explainMissing(kept, ROLE)]),
    ...(tooMuchOnTrail.length === 0 ? [] : [explainTooMuch(tooMuchOnTrail)]),
  ].map((doubt) => doubt.replace(/^t/, 'T'));
}

function roleDoubts(outlook: RoleOutlook, when: 'planned' | 'done'): readonly string[] {
  const { login, serving, hasRole, mayMakeRole, isTaken, mayLendRole, isTakenByOther } = outlook;
  // One login alone was named. Whether it serves as well, nobody has said.
  const isAlone = serving === login;
  const lend = `${grantRoleTo(serving)}${isAlone ? ', or to the login that is to serve where that is another one' : ''}`;
  if (!hasRole && !(when === 'planned' && mayMakeRole)) {
    return [
      `There is no role ${ROLE}, which the login that serves takes on, and the login ${login} may not make it; as an ` +
        `administrator: ${CREATE_ROLE}; ${lend}; then as ${login} run npx portcullis migrate, which gives the role what acts need`,
    ];
  }
  if (isTaken || (when === 'planned' && mayLendRole)) return [];
  if (!isAlone) {
    return [
      `The login ${login} may not let ${serving}, which serves, take on the role ${ROLE}; as an administrator: ${lend}`,
    ];
  }
  if (isTakenByOther) return [];
  return [
    `No login that may connect here, superusers apart, may take on the role ${ROLE}, nor may ${login} let one; as an administrator: ${lend}`,
  ];
}
