import type { WholeRequest, WholeResponse } from '@portcullis/ports';
import { readBytes } from './request-body.js';

/** Statuses whose answers cannot have a body (Fetch §2.2.3). */
const NULL_BODY_STATUSES = new Set([204, 205, 304]);

/** A web-standard request as a whole one. Of a body that is too large it reads no more than it takes to see that. */
export async function fromWebRequest(request: Request, { pathname, search }: URL): Promise<WholeRequest> {
  const { method, headers } = request;
  return { method, pathname, search, header: (name) => headers.get(name), body: await readBytes(request.body) };
}

/** A web-standard response, without the body where `method` is HEAD. */
export function toWebResponse({ status, headers, body }: WholeResponse, method: string): Response {
  const isBodiless = method === 'HEAD' || body === '' || NULL_BODY_STATUSES.has(status);
  return new Response(isBodiless ? null : body, { status, headers });
}

/** The answer to HEAD, of the one to GET: with the length of its body in place of the body (RFC 9110 §9.3.2). */
export async function withoutBody({ status, headers, body }: Response): Promise<Response> {
  const length = body === null ? 0 : (await new Response(body).arrayBuffer()).byteLength;
  const bodiless = new Headers(headers);
  if (length > 0) bodiless.set('content-length', String(length));
  return new Response(null, { status, headers: bodiless });
}
