import { type Kysely, sql } from 'kysely';
import { describePlan, type MigrationPlan, type MigrationPreview, scriptParts } from '../sql/migration.js';
import { formatScript } from '../sql/migration-script.js';
import type { Database } from '../sql/schema.js';
import { schemaStatements, WAIT_FOR_OTHERS } from './migrate.js';
import { ROLE, SCHEMA } from './names.js';
import { explainMissing, explainTooMuch, nameMissing, type PrivilegeState, readPrivileges } from './privileges.js';
import { grantRoleTo, roleStatements } from './role.js';

/** What the login of a connection may do, and what is there already. */
interface Facts {
  readonly login: string;
  readonly hasSchema: boolean;
  readonly mayMakeSchema: boolean;
  readonly mayMakeTables: boolean;
  /** True where there are no tables. */
  readonly ownsTables: boolean;
  readonly hasRole: boolean;
  readonly mayMakeRole: boolean;
  /** Whether the serving login may take the role on. */
  readonly isTaken: boolean;
  /** Whether it may let the serving login take the role on; of a role still to be made, whether it may then. */
  readonly mayLendRole: boolean;
}

/**
 * A plan with its script, and what the privileges of this connection's login say of it. Reads catalogues alone and changes
 * nothing. Privileges are all that is asked: what else may stop a migration (a full disk, an event trigger) is not foreseen.
 *
 * @param serving - the login that the program serves with
 */
export async function previewMigrations(
  db: Kysely<Database>,
  serving: string,
  plan: MigrationPlan,
): Promise<MigrationPreview> {
  const facts = await readFacts(db, serving);
  const privileges = await readPrivileges(db, ROLE);
  const obstacle = plan.pending.length === 0 ? undefined : findObstacle(facts);
  const doubts =
    obstacle === undefined
      ? [...roleDoubts(facts, serving), ...privilegeDoubts(privileges, plan.pending.length > 0)]
      : [];
  const isReady = facts.hasRole && privileges.missing.length === 0 && facts.isTaken;
  return { ...plan, script: scriptOf(plan, facts.hasSchema, isReady, serving), obstacle, doubts };
}

async function readFacts(db: Kysely<Database>, serving: string): Promise<Facts> {
  // Since version 16 whoever makes a role may lend that one; before, whoever may make roles lends every one.
  const { rows } = await sql<Facts>`
    SELECT me.rolname::text AS login,
      n.oid IS NOT NULL AS "hasSchema",
      has_database_privilege(current_database(), 'CREATE') AS "mayMakeSchema",
      COALESCE(has_schema_privilege(n.oid, 'CREATE'), false) AS "mayMakeTables",
      NOT EXISTS (SELECT FROM pg_catalog.pg_class AS c
        WHERE c.relnamespace = n.oid AND c.relkind = 'r' AND NOT pg_has_role(c.relowner, 'USAGE')) AS "ownsTables",
      r.oid IS NOT NULL AS "hasRole",
      me.rolsuper OR me.rolcreaterole AS "mayMakeRole",
      COALESCE(pg_has_role(l.oid, r.oid, CASE WHEN v.number >= 160000 THEN 'SET' ELSE 'MEMBER' END), false) AS "isTaken",
      me.rolsuper OR COALESCE(pg_has_role(r.oid, 'MEMBER WITH ADMIN OPTION'), false)
        OR (me.rolcreaterole AND (r.oid IS NULL OR v.number < 160000)) AS "mayLendRole"
    FROM pg_catalog.pg_roles AS me
      CROSS JOIN (SELECT current_setting('server_version_num')::int AS number) AS v
      LEFT JOIN pg_catalog.pg_namespace AS n ON n.nspname = ${SCHEMA}
      LEFT JOIN pg_catalog.pg_roles AS r ON r.rolname = ${ROLE}
      LEFT JOIN pg_catalog.pg_roles AS l ON l.rolname = ${serving}
    WHERE me.rolname = current_user`.execute(db);
  const [facts] = rows;
  if (facts === undefined) throw new Error('the login has vanished');
  return facts;
}

function findObstacle(facts: Facts): string | undefined {
  const why = !facts.hasSchema
    ? !facts.mayMakeSchema && 'it may not make a schema in this database'
    : !facts.mayMakeTables
      ? `it may not make tables in the schema ${SCHEMA}`
      : !facts.ownsTables && `it does not own the tables of the schema ${SCHEMA}`;
  if (why === false) return undefined;
  return `the login ${facts.login} may not run this: ${why}; give DATABASE_MIGRATION_URL a login that may`;
}

function roleDoubts({ login, hasRole, mayMakeRole, isTaken, mayLendRole }: Facts, serving: string): readonly string[] {
  if (!hasRole && !mayMakeRole) {
    return [
      `The login ${login} may not make the role ${ROLE}, which the login that serves takes on; as an administrator: ` +
        `CREATE ROLE ${ROLE} NOLOGIN; ${grantRoleTo(serving)}`,
    ];
  }
  if (isTaken || mayLendRole) return [];
  return [
    `The login ${login} may not let ${serving}, which serves, take on the role ${ROLE}; as an administrator: ${grantRoleTo(serving)}`,
  ];
}

/** What is given in passing is told only where there are no steps: nothing else would say that there is something to do. */
function privilegeDoubts({ missing, tooMuchOnTrail }: PrivilegeState, hasSteps: boolean): readonly string[] {
  const [given, kept] = [missing.filter(({ mayGive }) => mayGive), missing.filter(({ mayGive }) => !mayGive)];
  return [
    ...(given.length === 0 || hasSteps ? [] : [`${nameMissing(given, ROLE)}; migrating gives it that`]),
    ...(kept.length === 0 ? [] : [explainMissing(kept, ROLE)]),
    ...(tooMuchOnTrail.length === 0 ? [] : [explainTooMuch(tooMuchOnTrail)]),
  ].map((doubt) => doubt.replace(/^t/, 'T'));
}

function scriptOf(plan: MigrationPlan, hasSchema: boolean, isReady: boolean, serving: string): string {
  const steps = scriptParts(plan);
  const isNewer = plan.current > plan.known;
  return formatScript(
    [
      describePlan(plan),
      'For PostgreSQL, all or nothing: psql --set ON_ERROR_STOP=1 --file SCRIPT, as the login that is to own the schema.',
    ],
    [
      'BEGIN',
      'SET LOCAL standard_conforming_strings TO on',
      `SET LOCAL search_path TO ${SCHEMA}, pg_temp`,
      WAIT_FOR_OTHERS,
    ],
    [
      ...(plan.current === 0 ? [{ title: 'The schema', statements: schemaStatements(hasSchema) }] : []),
      ...steps,
      ...(isNewer || (steps.length === 0 && isReady)
        ? []
        : [{ title: `The role ${ROLE}, which the login that serves takes on`, statements: roleStatements(serving) }]),
    ],
  );
}
