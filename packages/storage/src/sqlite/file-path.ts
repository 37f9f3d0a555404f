/**
 * Refuses what SQLite does not take for a path: the empty name (a file that goes when it is closed), `:memory:`, and the
 * URIs of `file:`, which can ask for either. Two processes would not share such a database, a restart would forget every
 * grant and key, and a file of that very name would be made beside it for nothing. `./:memory:` is a path.
 *
 * @throws {Error} with a reason in words; does not look whether the file is there
 */
export function requireFilePath(file: string): void {
  if (file === '') throw new Error('its name is empty');
  if (file === ':memory:') throw new Error('it would be kept in memory alone; name a file');
  if (/^file:/i.test(file)) throw new Error('it is a URI; name a file by its path');
}
