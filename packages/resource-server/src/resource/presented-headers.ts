/** The first revision whose clients keep the scopes that they have when a challenge names others. */
const FIRST_MODERN = '2026-07-28';

/**
 * A header that may come once.
 *
 * @param rawHeaders - names and values in turn, as they came
 * @param name - in lower case
 * @returns the value, undefined without one, or `'twice'`
 */
export function singleHeader(
  rawHeaders: readonly string[],
  name: string,
): { readonly value: string } | undefined | 'twice' {
  let found: { value: string } | undefined;
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const candidate = rawHeaders[index];
    if (candidate === undefined || candidate.length !== name.length || candidate.toLowerCase() !== name) continue;
    if (found !== undefined) return 'twice';
    found = { value: rawHeaders[index + 1] ?? '' };
  }
  return found;
}

/**
 * Whether the caller speaks 2026-07-28 or later, by `MCP-Protocol-Version`. Revisions are dates, so their order is that of
 * their text. Callers of earlier ones replace the scopes they have by those of a challenge.
 */
export function isModern(rawHeaders: readonly string[]): boolean {
  const version = singleHeader(rawHeaders, 'mcp-protocol-version');
  return typeof version === 'object' && version.value >= FIRST_MODERN;
}
