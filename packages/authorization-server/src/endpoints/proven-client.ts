import type { RequestContext, WholeRequest, WholeResponse } from '@portcullis/ports';
import { fail, type OauthParameters, type Result } from '@portcullis/protocol';
import {
  authenticateClient,
  type ClientAuthenticationFailure,
  type FindClient,
  type ProvenClient,
  readPresentedClient,
} from '../checks/client-authentication.js';
import type { Core } from '../core.js';
import { lookForPoint, takePoint } from '../rate-limits.js';
import { describeRefusal } from '../refusals.js';
import { readAuthorization } from './authorization-header.js';
import { refusalResponse } from './client-response.js';
import { limitedResponse } from './limited-response.js';
import { outageResponse } from './outage-response.js';

/** What a request says of its client. Nothing of it is proven. */
export interface PresentedClientAuthentication {
  /** The header, as it came; null for an empty one as well. */
  readonly authorization: string | null;
  readonly presented: ReturnType<typeof readPresentedClient>;
  /** Whom the request names, whether or not its proof can be read. */
  readonly clientId: string | undefined;
}

/** Reads the client authentication of a request, from its header and its parameters. */
export function readPresentedClientAuthentication(
  request: WholeRequest,
  parameters: OauthParameters,
): PresentedClientAuthentication {
  const authorization = readAuthorization(request);
  const presented = readPresentedClient(authorization, parameters);
  const clientId = presented.ok
    ? presented.value.clientId
    : (parameters.value('client_id') ?? presented.failure.clientId);
  return { authorization, presented, clientId };
}

/** Whether a request shows anything that a client proves itself with, right or wrong: then it has to be right (RFC 7523 §3.1). */
export function showsProof({ presented }: PresentedClientAuthentication): boolean {
  return presented.ok ? presented.value.proof.method !== 'none' : presented.failure.reason !== 'client_missing';
}

/**
 * Basic is the one of our methods that is a scheme of HTTP. Whoever sent an `Authorization` is answered in it (RFC 6749 §5.2).
 * Others are not, although RFC 9110 §15.5.2 would have a challenge in every 401: clients made with `oauth4webapi` then hand
 * on the challenge instead of the error code, which their callers act on.
 */
const CHALLENGE = { 'www-authenticate': 'Basic realm="token"' } as const;

/**
 * The client of a request, once it has proved who it is (OAuth 2.1 §2.4). Otherwise the answer (§3.2.4), which but for the
 * challenge is alike whether it is unknown or its proof is wrong.
 *
 * A secret or an assertion is looked at as long as those that were wrong before it, for this client and from this network,
 * leave room (OAuth 2.1 §7.7). The network is part of it, or a stranger could shut the client out. What succeeds costs a
 * look and takes nothing. Guesses under way at once do not see each other: they are all judged, but no more of them than
 * there is room for are told that they were wrong. Where the keys of the client cannot be had nothing was guessed, and nothing is
 * taken.
 */
export async function requireClient(
  core: Core,
  context: RequestContext,
  { authorization, presented, clientId: named }: PresentedClientAuthentication,
  find?: FindClient,
): Promise<Result<ProvenClient, WholeResponse>> {
  if (!presented.ok) return fail(refuse(core, context, authorization, { ...presented.failure, clientId: named }));
  const { clientId, proof } = presented.value;
  // There is nothing to guess at a public client.
  const isProof = proof.method !== 'none';
  const rule = core.settings.rateLimits.clientAuthenticationFailures;
  const before = isProof ? await lookForPoint(core, rule, context.network, clientId) : undefined;
  if (before !== undefined) return fail(limitedResponse(core, context, before, clientId));

  const proven = await authenticateClient(core, presented.value, context, find);
  if (proven.ok) return proven;
  const { limit, retryAfterSeconds, reason, detail } = proven.failure;
  if (limit !== undefined) return fail(limitedResponse(core, context, limit, clientId));
  if (retryAfterSeconds !== undefined) {
    const about = { reason, clientId, ...(detail === undefined ? {} : { detail }) };
    return fail(outageResponse(core, context, 'client.authentication_failed', retryAfterSeconds, about));
  }
  // Whatever is wrong with it: what is not counted would tell what lies at the address of a stranger's keys.
  const after = isProof ? await takePoint(core, rule, context.network, clientId) : undefined;
  if (after !== undefined) return fail(limitedResponse(core, context, after, clientId));
  return fail(refuse(core, context, authorization, proven.failure));
}

function refuse(
  core: Core,
  context: RequestContext,
  authorization: string | null,
  { reason, clientId, detail }: ClientAuthenticationFailure,
): WholeResponse {
  core.trail.refused(context, 'client.authentication_failed', {
    reason,
    ...(clientId === undefined ? {} : { clientId }),
    ...(detail === undefined ? {} : { detail }),
  });
  const isChallenge = authorization !== null && describeRefusal(reason).status === 401;
  return refusalResponse(reason, isChallenge ? CHALLENGE : {});
}
