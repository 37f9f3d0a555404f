/**
 * A commit that does not wait for the disk is lost in a crash, and what was used once may be used again: where the server, the
 * database or the login says `off`, a connection of ours says otherwise. Whatever else is said outlives a crash of the server,
 * and how far standbys are waited for is for the operator to decide.
 */
const COMMIT_TO_DISK = `SELECT set_config('synchronous_commit', 'on', false)
  WHERE current_setting('synchronous_commit') = 'off'`;

/** The statements that make a new connection fit to be used, whatever it is used for. */
export function sessionSettings(): string {
  return COMMIT_TO_DISK;
}
