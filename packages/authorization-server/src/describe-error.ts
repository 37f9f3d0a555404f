/** The kind of an error. Not its message, which may quote what was being read. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return 'not an Error';
  return 'code' in error && typeof error.code === 'string' ? `${error.name} ${error.code}` : error.name;
}
