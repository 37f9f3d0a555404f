/** Longest body whose operation is looked up. */
const MAX_LENGTH = 256 * 1024;

/**
 * What a request asks of the server, as far as permission goes: the method of its JSON-RPC message and what it names, else
 * its HTTP method and path. Names an operation for counting only; nothing is decided by it.
 */
export async function operationOf(request: Request): Promise<string> {
  const { pathname } = new URL(request.url);
  const byPath = `${request.method} ${pathname}`;
  const isJson = request.headers.get('content-type')?.startsWith('application/json') === true;
  if (request.method !== 'POST' || !isJson || Number(request.headers.get('content-length') ?? 0) > MAX_LENGTH)
    return byPath;
  try {
    const text = await request.text();
    const message: unknown = text.length > MAX_LENGTH ? undefined : JSON.parse(text);
    if (typeof message !== 'object' || message === null) return byPath;
    const { method, params } = message as { method?: unknown; params?: { name?: unknown; uri?: unknown } };
    const named = params?.name ?? params?.uri;
    if (typeof method !== 'string') return byPath;
    return typeof named === 'string' ? `${method} ${named.slice(0, 200)}` : method;
  } catch {
    return byPath;
  }
}
