import type { WholeRequest } from '@portcullis/ports';
import {
  FORM_MEDIA_TYPE,
  fail,
  type OauthParameters,
  parseOauthParameters,
  type Result,
  succeed,
} from '@portcullis/protocol';
import type { RefusalReason } from '../refusals.js';
import { decodeBody } from './request-body.js';

/**
 * Reads the form of a protocol endpoint (OAuth 2.1 §3.2, RFC 7009 §2.1, RFC 7662 §2.1): parameters in the body alone, in
 * one encoding, none of them twice but those that may repeat. Whatever is wrong with it is the refusal to answer with.
 */
export function readOauthForm(
  request: WholeRequest,
  repeatable: readonly string[] = [],
): Result<OauthParameters, RefusalReason> {
  // Addresses end up in logs and histories, so nothing is ever read from this one (OAuth 2.1 §3.2).
  // A question mark alone brings nothing.
  if (request.search !== '' && request.search !== '?') return fail('parameters_in_query');
  const body = decodeBody((name) => request.header(name), request.body, FORM_MEDIA_TYPE);
  if (!body.ok) return body;
  const parameters = parseOauthParameters(body.value, repeatable);
  return parameters.problem === undefined ? succeed(parameters) : fail(parameters.problem);
}
