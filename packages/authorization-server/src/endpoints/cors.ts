import type { WholeResponse } from '@portcullis/ports';

const ANY_ORIGIN = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'WWW-Authenticate, Retry-After',
} as const;

/**
 * Lets scripts of any origin read `response`, without credentials of the browser (Fetch §3.2). Clients in browsers need
 * it; nothing behind it depends on a cookie.
 */
export function allowAnyOrigin(response: WholeResponse): WholeResponse {
  return { ...response, headers: { ...response.headers, ...ANY_ORIGIN } };
}

/** Answers a preflight. */
export function preflightResponse(methods: readonly string[]): WholeResponse {
  return {
    status: 204,
    headers: {
      'access-control-allow-origin': '*',
      'access-control-allow-methods': methods.join(', '),
      'access-control-allow-headers': 'Authorization, Content-Type, MCP-Protocol-Version',
      'access-control-max-age': '600',
    },
    body: '',
  };
}
