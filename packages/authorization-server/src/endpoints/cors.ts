/**
 * Lets scripts of any origin read `response`, without credentials of the browser (Fetch §3.2). Clients in browsers need
 * it; nothing behind it depends on a cookie.
 */
export function allowAnyOrigin(response: Response): Response {
  response.headers.set('access-control-allow-origin', '*');
  response.headers.set('access-control-expose-headers', 'WWW-Authenticate, Retry-After');
  return response;
}

/** Answers a preflight. */
export function preflightResponse(methods: readonly string[]): Response {
  return new Response(null, {
    status: 204,
    headers: {
      'access-control-allow-origin': '*',
      'access-control-allow-methods': methods.join(', '),
      'access-control-allow-headers': 'Authorization, Content-Type, MCP-Protocol-Version',
      'access-control-max-age': '600',
    },
  });
}
