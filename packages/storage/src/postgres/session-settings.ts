/**
 * A commit that does not wait for the disk is lost in a crash, and what was used once may be used again: where the server, the
 * database or the login says `off`, a connection of ours says otherwise. Whatever else is said outlives a crash of the server,
 * and how far standbys are waited for is for the operator to decide. It is set also where it is good: a server that reads its
 * configuration anew tells open connections of it, those alone aside that have said something themselves.
 */
const COMMIT_TO_DISK = `SELECT set_config('synchronous_commit', CASE current_setting('synchronous_commit')
  WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, false)`;

/**
 * The statements that make a new connection fit to be used, whatever it is used for. Nothing of it goes with the first message
 * of the connection, as the driver would have it: a pooler refuses what it does not know there. A limit that the URL names is the
 * operator's, and is left as it is.
 *
 * @param statementMilliseconds - how long the server may work on one statement, and wait for the next one of a transaction
 * @param lockMilliseconds - how long a statement may wait for another transaction; of both, 0 is no limit
 * @param named - what the URL names, as {@link settingsOfUrl} answers it
 */
export function sessionSettings(
  statementMilliseconds: number,
  lockMilliseconds: number,
  named: ReadonlySet<string>,
): string {
  const limits: readonly (readonly [setting: string, milliseconds: number])[] = [
    ['statement_timeout', statementMilliseconds],
    ['lock_timeout', lockMilliseconds],
    // A process that stops in the middle of an act gives its locks back.
    ['idle_in_transaction_session_timeout', statementMilliseconds],
  ];
  const ours = limits.filter(([setting]) => !named.has(setting));
  return [...ours.map(([setting, milliseconds]) => `SET ${setting} = ${Number(milliseconds)}`), COMMIT_TO_DISK].join(
    '; ',
  );
}

/** A setting in `options`, as the server reads them: `-c name=value`, or `--name=value` with hyphens for underscores. */
const OPTION = /(?:^|\s)(?:-c\s*|--)([\w.-]+)=/g;

/**
 * The names of the settings that a connection URL gives the server: its parameters, those that are for the driver alone among them,
 * and what its `options` name. Not what `PGOPTIONS` names, which is for every program.
 */
export function settingsOfUrl(connectionString: string): ReadonlySet<string> {
  const parameters = parametersOfUrl(connectionString);
  const options = parameters
    .getAll('options')
    .flatMap((text) => [...text.matchAll(OPTION)].map(([, name = '']) => name));
  return new Set([...parameters.keys(), ...options].map((name) => name.replaceAll('-', '_').toLowerCase()));
}

/** The parameters of a connection URL, which need not be a URL to anyone but the driver. */
export function parametersOfUrl(connectionString: string): URLSearchParams {
  return new URLSearchParams(connectionString.split('?').slice(1).join('?'));
}
