/**
 * The parameters of a connection URL that do something here: what the driver reads of a URL (pg-connection-string 2, and
 * `ConnectionParameters` of pg 8). It ignores every other one. `binary` and `replication` it would take, and work otherwise than the
 * stores expect.
 */
const KNOWN: ReadonlySet<string> = new Set([
  'sslmode',
  'sslrootcert',
  'sslcert',
  'sslkey',
  'sslnegotiation',
  'ssl',
  'uselibpqcompat',
  'host',
  'port',
  'user',
  'password',
  'application_name',
  'fallback_application_name',
  'client_encoding',
  'options',
  'statement_timeout',
  'lock_timeout',
  'idle_in_transaction_session_timeout',
  'query_timeout',
]);

/**
 * What libpq knows and nothing here acts on, in the URLs that hosts of databases hand out. Left out, they change nothing of what is
 * protected: TLS with `sslmode=verify-full` sees to the server, and every act asks for one that takes what is written.
 */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set([
  'channel_binding',
  'connect_timeout',
  'gssencmode',
  'keepalives',
  'keepalives_count',
  'keepalives_idle',
  'keepalives_interval',
  'target_session_attrs',
  'tcp_user_timeout',
]);

const PARAMETER_NAME = /^[\w.-]{1,64}$/;

/**
 * What is wrong with the parameters of a connection URL, as the end of a sentence that begins with the name of its setting:
 * one that nobody knows is misspelt, and a misspelt `sslmode` would leave the connection without TLS. Looks at
 * names alone. Undefined where all are known.
 *
 * Repeats the name. Where a password holds a `?` that is not in percent-encoding, it is no name but the end of that password, and
 * the `@` that comes after it: then nothing is repeated.
 */
export function tellUnknownParameter(connectionString: string): string | undefined {
  const query = connectionString.split('?').slice(1).join('?');
  const unknown = [...new URLSearchParams(query).keys()].find((name) => !KNOWN.has(name) && !WITHOUT_EFFECT.has(name));
  if (unknown === undefined) return undefined;
  const isName = PARAMETER_NAME.test(unknown) && !query.includes('@');
  const shown = isName ? `the parameter ${unknown}, which` : 'a parameter that';
  return `has ${shown} is not known here; these are: ${[...KNOWN].join(', ')}`;
}
