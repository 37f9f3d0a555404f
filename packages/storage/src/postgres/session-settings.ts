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
 * of the connection, as the driver would have it: a pooler refuses what it does not know there.
 *
 * @param statementMilliseconds - how long the server may work on one statement, and wait for the next one of a transaction
 * @param lockMilliseconds - how long a statement may wait for another transaction; of both, 0 is no limit
 */
export function sessionSettings(statementMilliseconds: number, lockMilliseconds: number): string {
  return [
    `SET statement_timeout = ${Number(statementMilliseconds)}`,
    `SET lock_timeout = ${Number(lockMilliseconds)}`,
    // A process that stops in the middle of an act gives its locks back.
    `SET idle_in_transaction_session_timeout = ${Number(statementMilliseconds)}`,
    COMMIT_TO_DISK,
  ].join('; ');
}
