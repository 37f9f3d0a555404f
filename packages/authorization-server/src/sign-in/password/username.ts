/** Longest username. */
export const MAX_USERNAME_LENGTH = 128;

/**
 * The form under which usernames are stored and compared: NFKC, lower case, no blanks around. Empty for what is too
 * long to be one. Whoever adds users uses the same.
 */
export function normaliseUsername(text: string): string {
  const normalised = text.normalize('NFKC').toLowerCase().trim();
  return normalised.length <= MAX_USERNAME_LENGTH ? normalised : '';
}
