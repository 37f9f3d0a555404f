const paths = new WeakMap<Request, string>();

/**
 * Notes where a person goes on whose form cannot be answered now, should the store go away from here on. It stands beside the
 * request, since whoever answers what was thrown has nothing else of it: its body has been read, and a copy of one that is too long
 * would be waited for without end.
 *
 * @param path - same-origin
 */
export function noteRetryPath(request: Request, path: string): void {
  paths.set(request, path);
}

/** What was noted; undefined where nothing was. */
export function findRetryPath(request: Request): string | undefined {
  return paths.get(request);
}
