import { type Kysely, sql } from 'kysely';
import type { Database } from '../sql/schema.js';
import { quoteName, ROLE, SCHEMA } from './names.js';

interface Facts {
  readonly database: string;
  readonly login: string;
  readonly owner: string;
  /** Whether every login of the server may connect to the database. */
  readonly isOpen: boolean;
  /** Logins beside that one and the owner's that may take on the role, or that of the owner; superusers apart, who may anything. */
  readonly others: readonly string[];
}

/** So many are told by their names. */
const TOLD = 3;

/**
 * Whether the logins of another installation stay out. The role belongs to the whole server: whoever takes it on for one
 * database has in every other one what the role has there, as far as they may connect to it, and everybody may by default. Who
 * may give the role (ADMIN) gives it to themselves; a member of the owner's may all that the owner may. Where there is no role,
 * those members are all that there could be.
 */
export async function readOwnLogins(
  db: Kysely<Database>,
): Promise<{ readonly held: boolean; readonly detail: string }> {
  const { rows } = await sql<Facts>`
    SELECT d.datname::text AS database, session_user::text AS login, pg_get_userbyid(n.nspowner)::text AS owner,
      has_database_privilege('public', d.oid, 'CONNECT') AS "isOpen",
      ARRAY(SELECT DISTINCT o.rolname::text FROM pg_catalog.pg_roles AS o
          JOIN pg_catalog.pg_roles AS r ON r.rolname = ${ROLE} OR r.oid = n.nspowner
        WHERE o.rolcanlogin AND NOT o.rolsuper AND o.rolname <> session_user AND o.oid <> n.nspowner
          AND (pg_has_role(o.oid, r.oid, way.name) OR pg_has_role(o.oid, r.oid, 'MEMBER WITH ADMIN OPTION'))
        ORDER BY 1) AS others
    FROM pg_catalog.pg_database AS d JOIN pg_catalog.pg_namespace AS n ON n.nspname = ${SCHEMA}
      CROSS JOIN (SELECT CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END AS name) AS way
    WHERE d.datname = current_database()`.execute(db);
  const [facts] = rows;
  if (facts === undefined) throw new Error(`the schema ${SCHEMA} has vanished`);
  const held = !facts.isOpen || facts.others.length === 0;
  const detail = held ? 'No login of another installation may read or write here' : explain(facts);
  return { held, detail };
}

function explain({ database, login, owner, others }: Facts): string {
  const more = others.length - TOLD;
  const names = `${others.slice(0, TOLD).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  const connect = `CONNECT ON DATABASE ${quoteName(database)}`;
  const own = [...new Set([owner, login])].map(quoteName).join(', ');
  return (
    `Other logins may read and write here: everybody may connect to the database ${database}, and beside ${login} these may take on ` +
    `the role ${ROLE}, which is one for all databases of the server, or that of the owner ${owner}: ${names}. As an administrator: REVOKE ${connect} FROM PUBLIC; ` +
    `GRANT ${connect} TO ${own}; and to those of them that belong to this installation`
  );
}
