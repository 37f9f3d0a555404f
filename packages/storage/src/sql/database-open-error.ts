/** The database cannot be used. The message is one line for the operator: which database, and what is wrong. It never
 * holds a password. */
export class DatabaseOpenError extends Error {
  override readonly name = 'DatabaseOpenError';
}
