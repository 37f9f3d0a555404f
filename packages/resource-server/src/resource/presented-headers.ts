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

/** The revision that the caller speaks, by `MCP-Protocol-Version`; undefined where it tells none, or two. */
export function revisionOf(rawHeaders: readonly string[]): string | undefined {
  const version = singleHeader(rawHeaders, 'mcp-protocol-version');
  return typeof version === 'object' ? version.value : undefined;
}
