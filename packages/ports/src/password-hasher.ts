/** Slow hashes of passwords. */
export interface PasswordHasher {
  /** A self-describing hash with its own salt. */
  hash(password: string): Promise<string>;
  /** Whether `password` made `hash`. With `hash` undefined it does the same work and answers false, so that an
   * unknown user takes as long as a wrong password. */
  verify(hash: string | undefined, password: string): Promise<boolean>;
}
