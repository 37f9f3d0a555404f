import type { Client, RateLimitRule, RequestContext, WholeResponse } from '@portcullis/ports';
import { trimAsciiWhitespace } from '@portcullis/protocol';
import { isVouchedFor } from '../clients/vouched-for.js';
import type { Core } from '../core.js';
import { lookForPoint, takePoint } from '../rate-limits.js';
import { limitedResponse } from './limited-response.js';
import type { PresentedClientAuthentication } from './proven-client.js';

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
 * The limit of a request that begins an authorization behind the browser, once its client is known. One that the operator made
 * known, and that proved who it is, has a count of its own, wherever it asks from, so that no stranger uses it up. All others are
 * counted by the network: any of those that prove nothing may name any other, and whoever registers itself would have as many counts
 * as it has registrations.
 */
export async function checkAuthorizationRequestLimit(
  core: Core,
  context: RequestContext,
  client: Client,
): Promise<WholeResponse | undefined> {
  const rule = core.settings.rateLimits.authorizationRequestsPerClient;
  const reached = await takePoint(core, rule, ...countedBy(context, client));
  return reached && limitedResponse(core, context, reached, client.clientId);
}

/**
 * Looks whether {@link checkAuthorizationRequestLimit} would refuse, before an assertion is looked at: it is good once, and one that
 * was used up for an answer of 429 could not come again. For a client that is not known the count of the network stands in.
 */
export async function lookAtAuthorizationRequestLimit(
  core: Core,
  context: RequestContext,
  { presented }: PresentedClientAuthentication,
  client: Client | undefined,
): Promise<WholeResponse | undefined> {
  if (!presented.ok || presented.value.proof.method !== 'private_key_jwt') return undefined;
  const rule = core.settings.rateLimits.authorizationRequestsPerClient;
  const reached = await lookForPoint(core, rule, ...countedBy(context, client));
  return reached && limitedResponse(core, context, reached, presented.value.clientId);
}

function countedBy({ network }: RequestContext, client: Client | undefined): readonly [string, string] {
  const hasOwn = client !== undefined && isVouchedFor(client) && client.tokenEndpointAuthMethod !== 'none';
  return hasOwn ? ['client', client.clientId] : ['network', network];
}
