/** Why a `fetch` failed, to be put behind a word: ` (ECONNREFUSED)`, ` (CERT_HAS_EXPIRED)`, … or nothing. */
export function codeOfCause(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' && /^[A-Z0-9_]{1,64}$/.test(code) ? ` (${code})` : '';
}
