import type { Client } from '@portcullis/ports';
import {
  type AuthorizationRequest,
  fail,
  isCodeChallenge,
  isKeyThumbprint,
  type Result,
  succeed,
} from '@portcullis/protocol';
import type { RefusalReason } from '../refusals.js';

/** Longest `state` that is kept. Clients of MCP send well under a hundred characters. */
const MAX_STATE_LENGTH = 2048;

/** What a check of the authorization endpoint sees: the request, and who it comes from. */
export interface CheckedRequest {
  readonly request: AuthorizationRequest;
  readonly client: Client;
}

/** A check answers with a reason to refuse, or with nothing. */
export type AuthorizationCheck = (checked: CheckedRequest) => RefusalReason | undefined;

/**
 * The checks that need nothing but the request and the client, in the order they are taken (OAuth 2.1 §4.1.2.1). They
 * run once client and redirect URI are known to be good, since only then there is somewhere to send an error. PKCE
 * ({@link checkCodeChallenge}), resource, scope and prompt come after them: those yield values, or depend on who is signed
 * in.
 */
export const AUTHORIZATION_CHECKS: readonly AuthorizationCheck[] = [
  checkParameters,
  checkRequestObject,
  checkState,
  checkResponseType,
  checkGrantType,
  checkDpopKey,
];

/** No parameter repeats, except `resource` and `audience`. */
function checkParameters({ request }: CheckedRequest): RefusalReason | undefined {
  return request.parameters.problem;
}

/**
 * RFC 9101 is not supported; OpenID Connect Core §6 names the error. Only a request that is being pushed gets here with a
 * `request_uri`, which it must not have (RFC 9126 §2.1): one in a browser was taken for the pushed request that it names.
 */
function checkRequestObject({ request }: CheckedRequest): RefusalReason | undefined {
  if (request.hasRequestObject) return 'request_object_given';
  return request.hasRequestUri ? 'pushed_request_uri_given' : undefined;
}

function checkState({ request }: CheckedRequest): RefusalReason | undefined {
  return (request.state?.length ?? 0) > MAX_STATE_LENGTH ? 'state_too_long' : undefined;
}

function checkResponseType({ request }: CheckedRequest): RefusalReason | undefined {
  if (request.responseType === undefined) return 'response_type_missing';
  if (request.responseType !== 'code') return 'response_type_unsupported';
  return request.responseMode === undefined || request.responseMode === 'query'
    ? undefined
    : 'response_mode_unsupported';
}

function checkGrantType({ client }: CheckedRequest): RefusalReason | undefined {
  return client.grantTypes.includes('authorization_code') ? undefined : 'grant_type_not_of_client';
}

/** RFC 9449 §10. */
function checkDpopKey({ request: { dpopKeyThumbprint } }: CheckedRequest): RefusalReason | undefined {
  return dpopKeyThumbprint === undefined || isKeyThumbprint(dpopKeyThumbprint) ? undefined : 'dpop_key_malformed';
}

/** The code challenge of a request (RFC 7636 §4.4.1): mandatory for every client; no method means `plain`, which is
 * refused. */
export function checkCodeChallenge({
  codeChallenge,
  codeChallengeMethod,
}: AuthorizationRequest): Result<string, RefusalReason> {
  if (codeChallenge === undefined) return fail('code_challenge_missing');
  if (codeChallengeMethod !== 'S256') return fail('code_challenge_method_unsupported');
  return isCodeChallenge(codeChallenge) ? succeed(codeChallenge) : fail('code_challenge_malformed');
}
