import { type Kysely, sql } from 'kysely';
import type { Database } from '../sql/schema.js';
import { quoteName, ROLE, SCHEMA } from './names.js';

interface Facts {
  readonly database: string;
  readonly login: string;
  readonly owner: string;
  /** Whether every login of the server may connect to the database. */
  readonly isOpen: boolean;
  /** Logins that may take on the role, or one that may read or write the tables of every database. */
  readonly takers: readonly string[];
  /** Logins that are members of the owner, and may connect or let themselves. */
  readonly members: readonly string[];
}

/** So many are told by their names. */
const TOLD = 3;

/** What of the server itself is above the privileges on tables, from version 14 on. The policies let them see every tenant. */
const ABOVE_PRIVILEGES = ['pg_read_all_data', 'pg_write_all_data'];

/**
 * Whether the logins of another installation stay out; superusers apart, who may anything. The role belongs to the whole
 * server: whoever takes it on for one database has in every other one what the role has there, as far as they may connect to
 * it, and everybody may by default. Where that was taken back, whoever of them was given CONNECT was meant to come in.
 *
 * A member of the owner was not: they may all that the owner may, connecting included. Who is one without inheriting that, and
 * becomes the owner of the database (SET ROLE), gives it to themselves from another database. Who may give a role (ADMIN) gives
 * it to themselves as well; but of the owner that alone is what an administrator has who made it, and is passed over where they
 * may not connect.
 *
 * @param migrating - the login that migrates, which may own by membership
 */
export async function readOwnLogins(
  db: Kysely<Database>,
  migrating: string,
): Promise<{ readonly held: boolean; readonly detail: string }> {
  const takable = sql.join([ROLE, ...ABOVE_PRIVILEGES]);
  // Since version 16 a member may be kept from taking a role on, and still have by inheritance what it may.
  const { rows } = await sql<Facts>`
    WITH ways AS (SELECT CASE WHEN is_newer THEN 'SET' ELSE 'MEMBER' END AS become,
          CASE WHEN is_newer THEN 'SET, USAGE, MEMBER WITH ADMIN OPTION' ELSE 'MEMBER' END AS have
        FROM (SELECT current_setting('server_version_num')::int >= 160000 AS is_newer) AS version),
      others AS (SELECT o.oid, o.rolname::text AS name FROM pg_catalog.pg_roles AS o
        WHERE o.rolcanlogin AND NOT o.rolsuper AND o.rolname NOT IN (session_user, ${migrating}))
    SELECT d.datname::text AS database, session_user::text AS login, pg_get_userbyid(n.nspowner)::text AS owner,
      has_database_privilege('public', d.oid, 'CONNECT') AS "isOpen",
      ARRAY(SELECT DISTINCT o.name FROM others AS o JOIN pg_catalog.pg_roles AS r ON r.rolname IN (${takable})
        WHERE o.oid <> n.nspowner AND pg_has_role(o.oid, r.oid, ways.have) ORDER BY 1) AS takers,
      ARRAY(SELECT o.name FROM others AS o
        WHERE o.oid <> n.nspowner AND pg_has_role(o.oid, n.nspowner, ways.have)
          AND (has_database_privilege(o.oid, d.oid, 'CONNECT') OR pg_has_role(o.oid, d.datdba, ways.become))
        ORDER BY 1) AS members
    FROM pg_catalog.pg_database AS d JOIN pg_catalog.pg_namespace AS n ON n.nspname = ${SCHEMA} CROSS JOIN ways
    WHERE d.datname = current_database()`.execute(db);
  const [facts] = rows;
  if (facts === undefined) throw new Error(`the schema ${SCHEMA} has vanished`);
  const doubts = [
    ...(facts.isOpen && facts.takers.length > 0 ? [explainTakers(facts)] : []),
    ...(facts.members.length > 0 ? [explainMembers(facts)] : []),
  ];
  const detail = doubts.length === 0 ? 'No login of another installation may read or write here' : doubts.join('. ');
  return { held: doubts.length === 0, detail };
}

function explainTakers({ database, login, owner, takers }: Facts): string {
  const connect = `CONNECT ON DATABASE ${quoteName(database)}`;
  const own = [...new Set([owner, login])].map(quoteName).join(', ');
  return (
    `Other logins may read or write here: everybody may connect to the database ${database}, and beside ${login} these may take on ` +
    `a role that is one for all databases of the server (${[ROLE, ...ABOVE_PRIVILEGES].join(', ')}): ${list(takers)}. ` +
    `As an administrator: REVOKE ${connect} FROM PUBLIC; GRANT ${connect} TO ${own}; and to those of them that belong to this installation`
  );
}

function explainMembers({ owner, members }: Facts): string {
  return (
    `What the owner ${owner} may, its members may as well, connecting included: ${list(members)}. As an administrator: ` +
    `${members
      .slice(0, TOLD)
      .map((name) => `REVOKE ${quoteName(owner)} FROM ${quoteName(name)}`)
      .join('; ')}; ` +
    'or where that changes nothing, from the role through which they are members'
  );
}

function list(logins: readonly string[]): string {
  const more = logins.length - TOLD;
  return `${logins.slice(0, TOLD).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
