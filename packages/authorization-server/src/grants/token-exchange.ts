import type { Client, ResourceDefinition, TokenExchangePermission } from '@portcullis/ports';
import {
  clientSubject,
  type EpochSeconds,
  fail,
  foldResourceIdentifier,
  keyOfResource,
  parseTokenExchangeRequest,
  type Result,
  succeed,
  TOKEN_EXCHANGE_GRANT_TYPE,
  type TokenExchangeRequest,
} from '@portcullis/protocol';
import { checkExchangedScope } from '../checks/scope.js';
import { checkTrustedClient } from '../checks/trusted-client.js';
import { noteUse } from '../clients/note-use.js';
import type { Core } from '../core.js';
import type { RefusalReason } from '../refusals.js';
import { countActors, MAX_ACTORS } from './actor-chain.js';
import type { OwnAccessToken } from './own-access-token.js';
import { findEnd } from './standing.js';
import type { GrantRefusal, TokenGrant } from './token-grant.js';

/**
 * Token exchange (RFC 8693) for services that call each other in the name of whoever called them: a client that the operator
 * vouches for, and that serves the resource of an access token of ours, gets one for another resource instead of handing on
 * the one it was given. Which resources these are, on both sides, stands at the client.
 *
 * What it gets is the same access, further on: the same subject and the same grant, so that whatever ends the one ends the
 * other; no more scopes, no later end, and nothing to refresh it with. The client is its `client_id` and its actor (§4.1).
 * `may_act` (§4.4) is neither issued nor read: who may act is the operator's to say, and stands at the client.
 *
 * Nothing is written but that the client was used, as for `client_credentials`: the event goes to the trail before the token
 * is sent. The subject token is not used up: it is not ours to take from whoever holds it.
 */
export const tokenExchangeGrant: TokenGrant = {
  grantType: TOKEN_EXCHANGE_GRANT_TYPE,
  credentialParameter: 'subject_token',
  async exchange(core, { parameters, client, context, proofKey, useProofFor }) {
    const permission = checkActor(client);
    if (!permission.ok) return fail({ reason: permission.failure });
    const request = parseTokenExchangeRequest(parameters);
    if (!request.ok) return fail({ reason: request.failure });
    // Taken before anything else is looked up: the mark of a client that is removed meanwhile goes by the time of issue.
    const now = core.ports.platform.clock.nowEpochSeconds();
    const presented = await checkSubjectToken(core, request.value.subjectToken, permission.value, now);
    if (!presented.ok) return presented;
    const subjectToken = presented.value;
    const { subject, grantId, actor: previous } = subjectToken;
    const known = { grantId, subject };
    // A token that is worth nothing without a key must not become one that is: not by way of a service that was shown it.
    if (subjectToken.proofKey !== undefined && proofKey === undefined) {
      return fail({ ...known, reason: 'dpop_proof_missing' });
    }
    const target = await chooseTarget(core, request.value, permission.value);
    if (!target.ok) return fail({ ...known, reason: target.failure });
    const scopes = checkExchangedScope(request.value.scopes, subjectToken.scopes, target.value, client);
    if (!scopes.ok) return fail({ ...known, reason: scopes.failure });
    const proofProblem = await useProofFor(target.value.identifier);
    if (proofProblem !== undefined) return fail({ ...known, reason: proofProblem });

    await noteUse(core.ports.storage.clients, client, now);

    const facts = {
      ...known,
      clientId: client.clientId,
      resource: target.value.identifier,
      scopes: scopes.value,
    };
    const accessToken = await core.accessTokens.issue(
      {
        ...facts,
        proofKey,
        actor: { sub: clientSubject(client.clientId), ...(previous === undefined ? {} : { act: previous }) },
        authenticatedAtEpochSeconds: subjectToken.authenticatedAtEpochSeconds,
        endsAtEpochSeconds: subjectToken.expiresAtEpochSeconds,
      },
      now,
    );
    const event = core.trail.event(context, 'token_exchange.issued', 'allowed', {
      ...facts,
      clientName: client.clientName,
      accessTokenId: accessToken.accessTokenId,
      grantType: TOKEN_EXCHANGE_GRANT_TYPE,
      detail: `for the access token ${subjectToken.accessTokenId} of ${subjectToken.clientId}`,
    });
    core.trail.record(event);
    return succeed({
      accessToken,
      scopes: scopes.value,
      refreshToken: undefined,
      issuedTokenType: request.value.requestedTokenType,
    });
  },
};

/** Who may act for others at all, and between which resources. */
function checkActor(client: Client): Result<TokenExchangePermission, RefusalReason> {
  const untrusted = checkTrustedClient(client);
  if (untrusted !== undefined) return fail(untrusted);
  return client.tokenExchange === undefined ? fail('exchange_not_permitted') : succeed(client.tokenExchange);
}

/**
 * The token of ours that is exchanged: unexpired, with everything that its access came from still there, and for a resource
 * that the client serves. One for another resource was not given to this client, and was stolen or went astray.
 */
async function checkSubjectToken(
  core: Core,
  text: string,
  { subjectResources }: TokenExchangePermission,
  now: EpochSeconds,
): Promise<Result<OwnAccessToken, GrantRefusal>> {
  const read = await core.ownAccessTokens.read(text, now);
  if (!read.ok) {
    return fail({
      reason: read.failure === 'access_token_expired' ? 'subject_token_expired' : 'subject_token_unknown',
    });
  }
  const { grantId, subject, resource, actor } = read.value;
  const end = await findEnd(core, read.value, now);
  if (end !== undefined) return fail({ reason: 'subject_token_ended', grantId, subject, detail: end });
  if (!isAmong(subjectResources, resource))
    return fail({ reason: 'subject_token_of_other_resource', grantId, subject });
  if (countActors(actor) >= MAX_ACTORS) return fail({ reason: 'subject_token_through_too_many', grantId, subject });
  return succeed(read.value);
}

/** The resource that is asked for; without any named, the one that the client may have tokens for, where it is one. */
async function chooseTarget(
  core: Core,
  { targets }: TokenExchangeRequest,
  { targetResources }: TokenExchangePermission,
): Promise<Result<ResourceDefinition, RefusalReason>> {
  if (targets.length === 0 && targetResources.length !== 1) return fail('resource_missing');
  // What a service is called here is the client's affair alone, so this tells nobody anything.
  if (targets.some((name) => foldResourceIdentifier(name) === undefined)) return fail('target_no_identifier');
  const target = await core.resources.choose(targets.length === 0 ? targetResources : targets);
  if (!target.ok) return target;
  return isAmong(targetResources, target.value.identifier) ? target : fail('target_not_permitted');
}

function isAmong(resources: readonly string[], identifier: string): boolean {
  const key = keyOfResource(identifier);
  return resources.some((one) => keyOfResource(one) === key);
}
