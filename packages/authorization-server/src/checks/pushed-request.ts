import {
  type AuthorizationRequest,
  fail,
  type OauthParameters,
  parseAuthorizationRequest,
  type Result,
  type Sha256,
  succeed,
} from '@portcullis/protocol';
import type { Core } from '../core.js';

/** What a `request_uri` of ours begins with (RFC 9126 §2.2). */
export const REQUEST_URI_PREFIX = 'urn:ietf:params:oauth:request_uri:';

/** A pushed request that a browser begins with. */
export interface BegunPushedRequest {
  /** As its client pushed it, with the key that came beside it (RFC 9449 §10.1). */
  readonly request: AuthorizationRequest;
  readonly requestHash: Sha256;
}

/** Why a `request_uri` is none that a browser may begin with. For the trail: every one of them is the same page. */
export type PushedRequestFailure =
  | 'request_uri_malformed'
  | 'pushed_request_unknown'
  | 'pushed_request_of_other_client'
  | 'pushed_request_used'
  | 'pushed_request_expired';

/**
 * Finds the pushed request that the parameters of a browser name, by its hash. It has to be of the client that they name as
 * well, and neither used nor expired; whatever else they say is not looked at (RFC 9126 §4). Consumes nothing: it is used up
 * by the decision, so a page that is loaded again still works. An address that is not ours is never fetched (RFC 9101 §10.4).
 */
export async function findPushedRequest(
  { ports, settings }: Pick<Core, 'ports' | 'settings'>,
  parameters: OauthParameters,
): Promise<Result<BegunPushedRequest, PushedRequestFailure>> {
  const { platform, storage } = ports;
  const requestUri = parameters.value('request_uri');
  if (requestUri?.startsWith(REQUEST_URI_PREFIX) !== true) return fail('request_uri_malformed');
  const requestHash = platform.hash(requestUri);
  const pushed = await storage.pushedRequests.find(settings.tenantId, requestHash);
  if (pushed === undefined) return fail('pushed_request_unknown');
  if (pushed.clientId !== parameters.value('client_id')) return fail('pushed_request_of_other_client');
  if (pushed.used) return fail('pushed_request_used');
  if (pushed.expiresAtEpochSeconds <= platform.clock.nowEpochSeconds()) return fail('pushed_request_expired');
  const { dpopKeyThumbprint } = pushed;
  return succeed({ request: { ...parseAuthorizationRequest(pushed.parameters), dpopKeyThumbprint }, requestHash });
}
