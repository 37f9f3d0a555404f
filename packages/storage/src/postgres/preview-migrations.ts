import { type Kysely, sql } from 'kysely';
import { describePlan, type MigrationPlan, type MigrationPreview, scriptParts } from '../sql/migration.js';
import { formatScript } from '../sql/migration-script.js';
import type { Database } from '../sql/schema.js';
import { limitLocks, PATIENCE } from './held-tables.js';
import { schemaStatements, WAIT_FOR_OTHERS } from './migrate.js';
import { ROLE, SCHEMA } from './names.js';
import { grantMissing, missingOnOthers, type PrivilegeState, readPrivileges } from './privileges.js';
import { CREATE_ROLE, grantRoleTo, roleStatements } from './role.js';
import { type RoleOutlook, readRoleOutlook, tellDoubts } from './role-outlook.js';

/** What the login of a connection may do, and what is there already. */
interface Facts {
  readonly login: string;
  readonly hasSchema: boolean;
  readonly mayMakeSchema: boolean;
  readonly mayMakeTables: boolean;
  /** True where there are no tables. */
  readonly ownsTables: boolean;
  readonly tables: readonly string[];
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
  const facts = await readFacts(db);
  const outlook = await readRoleOutlook(db, serving);
  const privileges = await readPrivileges(db, ROLE);
  const obstacle = plan.pending.length === 0 ? undefined : findObstacle(facts);
  const isReady = outlook.hasRole && privileges.missing.length === 0 && outlook.isTaken;
  return {
    ...plan,
    script: scriptOf(plan, facts.hasSchema, isReady, serving),
    obstacle,
    forRole:
      obstacle === undefined && plan.current <= plan.known ? foreseeForRole(plan, facts, outlook, privileges) : [],
    doubts: obstacle === undefined ? tellDoubts(outlook, privileges, 'planned') : [],
  };
}

/** What `prepareRole` will run after the steps. What a step may yet change of a table that is there is not foreseen. */
function foreseeForRole(
  { pending }: MigrationPlan,
  { hasSchema, tables }: Facts,
  { hasRole, mayMakeRole, isTaken, mayLendRole, serving }: RoleOutlook,
  { missing }: PrivilegeState,
): readonly string[] {
  if (!hasRole && !mayMakeRole) return [];
  const others = pending.length === 0 ? [] : missingOnOthers(hasSchema ? [null, ...tables] : tables);
  return [
    ...(hasRole ? [] : [CREATE_ROLE]),
    ...grantMissing([...missing, ...others]),
    ...(!isTaken && mayLendRole ? [grantRoleTo(serving)] : []),
  ];
}

async function readFacts(db: Kysely<Database>): Promise<Facts> {
  const { rows } = await sql<Facts>`
    SELECT me.rolname::text AS login,
      n.oid IS NOT NULL AS "hasSchema",
      has_database_privilege(current_database(), 'CREATE') AS "mayMakeSchema",
      COALESCE(has_schema_privilege(n.oid, 'CREATE'), false) AS "mayMakeTables",
      NOT EXISTS (SELECT FROM pg_catalog.pg_class AS c
        WHERE c.relnamespace = n.oid AND c.relkind = 'r' AND NOT pg_has_role(c.relowner, 'USAGE')) AS "ownsTables",
      ARRAY(SELECT c.relname::text FROM pg_catalog.pg_class AS c
        WHERE c.relnamespace = n.oid AND c.relkind = 'r') AS tables
    FROM pg_catalog.pg_roles AS me
      LEFT JOIN pg_catalog.pg_namespace AS n ON n.nspname = ${SCHEMA}
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
      limitLocks(PATIENCE),
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
