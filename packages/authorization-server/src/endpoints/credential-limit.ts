import type { Client, RateLimitRule, RequestContext, WholeResponse } from '@portcullis/ports';
import { trimAsciiWhitespace } from '@portcullis/protocol';
import type { Core } from '../core.js';
import { takePoint } from '../rate-limits.js';
import { limitedResponse } from './limited-response.js';

/** Takes one point of `rule` for whatever was presented; the answer where none is left. The limiter sees its hash alone. */
export async function checkCredentialLimit(
  core: Core,
  context: RequestContext,
  rule: RateLimitRule,
  presented: string,
): Promise<WholeResponse | undefined> {
  const reached = await takePoint(core, rule, core.ports.platform.hash(presented));
  return reached && limitedResponse(core, context, reached);
}

/**
 * The limit of a request with a token or for one: by the code or token that is presented. Where there is none, by the
 * network and the client it names: counted by its name alone, a stranger could use up what a client may ask for. That
 * key has a space and the hash of a credential has none, so no code that a stranger makes up counts for a client either.
 */
export async function checkTokenLimit(
  core: Core,
  context: RequestContext,
  presented: string | undefined,
  clientId: string | undefined,
): Promise<WholeResponse | undefined> {
  const rule = core.settings.rateLimits.tokenPerCredential;
  // As it is read: with a blank beside it, it is the same one.
  if (presented !== undefined) return checkCredentialLimit(core, context, rule, trimAsciiWhitespace(presented));
  const reached = await takePoint(core, rule, context.network, clientId ?? '');
  return reached && limitedResponse(core, context, reached);
}

/**
 * The limit of a request that begins an authorization behind the browser, once its client is known. One that proved who it is has
 * a count of its own, wherever it asks from, so that no stranger uses it up. Those that prove nothing are counted by the network: any
 * of them may name any other.
 */
export async function checkAuthorizationRequestLimit(
  core: Core,
  context: RequestContext,
  { clientId, tokenEndpointAuthMethod }: Client,
): Promise<WholeResponse | undefined> {
  const rule = core.settings.rateLimits.authorizationRequestsPerClient;
  const reached =
    tokenEndpointAuthMethod === 'none'
      ? await takePoint(core, rule, 'network', context.network)
      : await takePoint(core, rule, 'client', clientId);
  return reached && limitedResponse(core, context, reached, clientId);
}
