/** What a column holds: whole numbers, texts, and nothing. */
export type StoredValue = string | number | null;

/**
 * Texts are stored without NUL, reversibly. PostgreSQL refuses a text with one; a driver of SQLite cuts it there, so that
 * `alice` and `alice\0x` would be the same user. NUL becomes ESC `0`, and ESC becomes ESC `1`, so no two texts share a stored form.
 */
const NUL = '\u0000';
const ESCAPE = '\u001b';

/**
 * The stored form of a parameter. Booleans, `undefined`, fractions and objects are refused here, since drivers turn
 * them into something else in silence, or abort the process. Lone surrogates become U+FFFD, as in any UTF-8.
 *
 * @throws {TypeError} that names the type, never the value
 */
export function toStored(value: unknown): StoredValue {
  if (value === null) return null;
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  if (typeof value === 'string') return escapeNul(value);
  throw new TypeError(`A ${typeof value} cannot be stored as it is`);
}

/** The value of a column as it was given to {@link toStored}. */
export function fromStored(value: unknown): unknown {
  return typeof value === 'string' ? fromStoredText(value) : value;
}

/** The text of a column as it was given to {@link toStored}. */
export function fromStoredText(text: string): string {
  if (!text.includes(ESCAPE)) return text;
  return text.replaceAll(`${ESCAPE}0`, NUL).replaceAll(`${ESCAPE}1`, ESCAPE);
}

function escapeNul(text: string): string {
  if (!text.includes(NUL) && !text.includes(ESCAPE)) return text;
  return text.replaceAll(ESCAPE, `${ESCAPE}1`).replaceAll(NUL, `${ESCAPE}0`);
}
