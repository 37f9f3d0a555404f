import type { Client, RequestContext, WholeResponse } from '@portcullis/ports';
import { parsePresentedToken } from '@portcullis/protocol';
import { findRevokingClient } from '../clients/revoking-client.js';
import type { Core } from '../core.js';
import { isExchanged } from '../grants/actor-chain.js';
import { findPresentedToken, type PresentedToken } from '../grants/presented-token.js';
import type { RefusalReason } from '../refusals.js';
import { emptyResponse, refusalResponse } from './client-response.js';
import { checkTokenLimit } from './credential-limit.js';
import type { ProtocolHandler } from './endpoint.js';
import { readOauthForm } from './oauth-form.js';
import { readPresentedClientAuthentication, requireClient } from './proven-client.js';

/**
 * The revocation endpoint (RFC 7009 §2). In this order: the form, the limit on the presented token, the client, the
 * token, and last that the client's assertion was never used. Either kind of token ends its grant, and with it every token of the
 * grant: a person who lets a client go means all of it. A refresh token does so whatever became of it; one that was rotated or lay idle is still proof of whose
 * grant it is.
 *
 * Answers 200 without a body when the token is dead afterwards, whether or not it was one: there is nothing left for the
 * client to do (§2.2). A token of another client stays as it is. A client that proved who it is learns so; a public one,
 * whose id anybody may write, is answered as for an unknown token.
 *
 * What a client got by an exchange (RFC 8693) it cannot revoke (§2.2.1): the grant behind it is one between the user and
 * another client, which a service that only acted in it must not end, and the token has no end of its own. It never
 * outlives the token it was exchanged for.
 *
 * A client that could get no token now, for its document cannot be had or it was shut out, still revokes what it has.
 */
export const revokeEndpoint: ProtocolHandler = async (core, request, context) => {
  const form = readOauthForm(request);
  if (!form.ok) return refuse(core, context, form.failure);
  const presented = parsePresentedToken(form.value);
  const authentication = readPresentedClientAuthentication(request, form.value);
  const credential = presented.ok ? presented.value : undefined;
  const limited = await checkTokenLimit(core, context, credential, authentication.clientId);
  if (limited !== undefined) return limited;

  const proven = await requireClient(core, context, authentication, findRevokingClient);
  if (!proven.ok) return proven.failure;
  const { client, useProof } = proven.value;
  const { clientId, clientName, tokenEndpointAuthMethod } = client;
  if (!presented.ok) return refuse(core, context, presented.failure, { clientId, clientName });

  // As long as a resource server may still take it, a clock behind ours included, there is something to stop; and if it takes
  // it only later, since the clock was ahead when it was issued, all the more.
  const { clockToleranceSeconds } = core.settings.lifetimes;
  const asOf = core.ports.platform.clock.nowEpochSeconds() - clockToleranceSeconds;
  const token = await findPresentedToken(core, presented.value, asOf, Number.POSITIVE_INFINITY);
  if (token.ok && token.value.clientId !== clientId) {
    const { grantId } = token.value;
    const refusal = refuse(core, context, 'token_of_other_client', { clientId, clientName, grantId });
    return tokenEndpointAuthMethod === 'none' ? emptyResponse() : refusal;
  }
  if (token.ok && token.value.kind === 'access_token' && isExchanged(token.value.actor)) {
    const { grantId, subject, accessTokenId } = token.value;
    return refuse(core, context, 'token_of_exchange', { clientId, clientName, grantId, subject, accessTokenId });
  }
  const used = await useProof();
  if (used !== undefined) return refuse(core, context, used, { clientId, clientName });
  if (token.ok) await endGrant(core, context, client, token.value);
  return emptyResponse();
};

/** Ends the grant behind a token, once. The token of a client in its own name has a grant id without a row. */
async function endGrant(core: Core, context: RequestContext, client: Client, token: PresentedToken): Promise<void> {
  const { grants } = core.ports.storage;
  const { tenantId, markLifetimeSeconds } = core.settings;
  const now = core.ports.platform.clock.nowEpochSeconds();
  const { grantId, subject, resource } = token;
  const event = core.trail.event(context, 'grant.revoked', 'allowed', {
    reason: 'revoked_by_client',
    clientId: client.clientId,
    clientName: client.clientName,
    subject,
    grantId,
    resource,
    ...(token.kind === 'access_token' ? { accessTokenId: token.accessTokenId } : {}),
  });
  const hasRow = (await grants.find(tenantId, grantId)) !== undefined;
  const ended = hasRow
    ? await grants.revoke(tenantId, grantId, now, markLifetimeSeconds, event)
    : await grants.revokeWithoutRow(tenantId, grantId, { now, markLifetimeSeconds }, event);
  if (ended) core.trail.record(event);
}

function refuse(core: Core, context: RequestContext, reason: RefusalReason, details: object = {}): WholeResponse {
  core.trail.refused(context, 'revocation.refused', { ...details, reason });
  return refusalResponse(reason);
}
