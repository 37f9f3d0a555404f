import { fail, type Result, succeed } from '@portcullis/protocol';

/** Where a request goes. There is one spelling of every path, so policy and routing cannot disagree about it. */
export interface RequestTarget {
  /** Exact: never decoded, never normalised. */
  readonly pathname: string;
  /** With its `?`, or empty. */
  readonly search: string;
  /** The host of a target in absolute form, which must be that of the `Host` header (RFC 9112 §3.2.2). */
  readonly authority: string | undefined;
  /** Of a target in absolute form, in lower case. */
  readonly scheme: string | undefined;
}

/** Why a target was refused. */
export type RequestTargetFailure = 'target_form' | 'target_ambiguous';

// No path of ours has a percent escape, a parameter or an empty or dot segment. Refusing them here, undecoded, leaves
// nothing for a later reader to resolve in another way (GW-04).
const PATH = /^\/(?:[A-Za-z0-9._~-]+\/)*[A-Za-z0-9._~-]*$/;
const DOT_SEGMENT = /(?:^|\/)\.{1,2}(?:\/|$)/;

/**
 * Takes apart the request target of an HTTP/1.1 message (RFC 9112 §3.2): origin form, or absolute form with http or
 * https. Refuses asterisk and authority form as `target_form`, and as `target_ambiguous` every path that has more than
 * one reading: `..`, `//`, `\`, `;`, `#`, any percent escape, any character outside the unreserved ones.
 */
export function parseRequestTarget(target: string): Result<RequestTarget, RequestTargetFailure> {
  const absolute = /^(https?):\/\/([^/?#\\]*)(.*)$/i.exec(target);
  const scheme = absolute?.[1]?.toLowerCase();
  const authority = absolute?.[2];
  // An empty path of http and https is `/` (RFC 9110 §4.2.3).
  const origin = absolute === null ? target : (absolute[3] ?? '').replace(/^(?=\?|$)/, '/');
  if (!origin.startsWith('/')) return fail('target_form');
  if (origin.includes('#')) return fail('target_ambiguous');
  const question = origin.indexOf('?');
  const pathname = question === -1 ? origin : origin.slice(0, question);
  if (!PATH.test(pathname) || DOT_SEGMENT.test(pathname)) return fail('target_ambiguous');
  return succeed({ pathname, search: question === -1 ? '' : origin.slice(question), authority, scheme });
}
