import type { WholeRequest } from '@portcullis/ports';

/**
 * The `Authorization` of a request that shows something. Null for none, and for one with nothing in it but whitespace, which
 * proxies and HTTP libraries send where they have no credentials: no method was tried with it.
 */
export function readAuthorization(request: Pick<WholeRequest, 'header'>): string | null {
  const value = request.header('authorization');
  return value === null || /^[\t ]*$/.test(value) ? null : value;
}
