import { base64Url, type Client, type ResourceDefinition } from '@portcullis/ports';
import {
  type ClientCredentialsRequest,
  clientSubject,
  fail,
  parseClientCredentialsRequest,
  type Result,
  succeed,
} from '@portcullis/protocol';
import { checkClientScope } from '../checks/scope.js';
import { checkTrustedClient } from '../checks/trusted-client.js';
import { noteUse } from '../clients/note-use.js';
import type { Core } from '../core.js';
import type { RefusalReason } from '../refusals.js';
import type { TokenGrant } from './token-grant.js';

/**
 * The client credentials grant (OAuth 2.1 §4.2; MCP extension `oauth-client-credentials`): a client that the operator
 * vouches for gets an access token in its own name, for one resource. No refresh token, since the client can come again,
 * and no `auth_time`, since nobody signed in.
 *
 * There is no grant in the store. The access token has a grant id all the same, so that it can be revoked by its mark
 * (`GrantStore.revokeWithoutRow`); removing the client ends all of them. Nothing is written but, once a minute, that the
 * client was used, so there is no transaction that the event could be part of: it goes to the trail before the token is
 * sent.
 */
export const clientCredentialsGrant: TokenGrant = {
  grantType: 'client_credentials',
  credentialParameter: undefined,
  async exchange(core, { parameters, client, context, proofKey, useProofFor }) {
    const request = parseClientCredentialsRequest(parameters);
    if (!request.ok) return fail({ reason: request.failure });
    const { platform } = core.ports;
    // Taken before anything else is looked up: the mark of a client that is removed meanwhile goes by the time of issue.
    const now = platform.clock.nowEpochSeconds();
    const checked = await checkClientRequest(core, request.value, client);
    if (!checked.ok) return fail({ reason: checked.failure });
    const proofProblem = await useProofFor(checked.value.resource.identifier);
    if (proofProblem !== undefined) return fail({ reason: proofProblem });

    await noteUse(core.ports.storage.clients, client, now);

    const { scopes } = checked.value;
    const { clientId, clientName } = client;
    const subject = clientSubject(clientId);
    const resource = checked.value.resource.identifier;
    const grantId = base64Url(platform.random.bytes(16));
    const facts = { subject, clientId, resource, scopes, grantId, proofKey };
    const accessToken = await core.accessTokens.issue(facts, now);
    const { accessTokenId } = accessToken;
    const grantType = 'client_credentials';
    const issued = { subject, clientId, resource, scopes, grantId, clientName, accessTokenId, grantType };
    core.trail.record(core.trail.event(context, 'client_credentials.issued', 'allowed', issued));
    return succeed({ accessToken, scopes, refreshToken: undefined });
  },
};

/**
 * Who asks first, then for what.
 */
async function checkClientRequest(
  core: Core,
  request: ClientCredentialsRequest,
  client: Client,
): Promise<Result<{ readonly resource: ResourceDefinition; readonly scopes: readonly string[] }, RefusalReason>> {
  const untrusted = checkTrustedClient(client);
  if (untrusted !== undefined) return fail(untrusted);
  const resource = await core.resources.choose(request.resources);
  if (!resource.ok) return resource;
  const scopes = checkClientScope(request.scopes, resource.value, client);
  return scopes.ok ? succeed({ resource: resource.value, scopes: scopes.value }) : scopes;
}
