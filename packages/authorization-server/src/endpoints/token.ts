import type { RequestContext, WholeResponse } from '@portcullis/ports';
import { formatScope, REPEATABLE_PARAMETERS, type ResourceIdentifier } from '@portcullis/protocol';
import { proofAddress, readDpopProof, useDpopProofFor } from '../checks/dpop-proof.js';
import type { Core } from '../core.js';
import { TOKEN_GRANTS } from '../grants/index.js';
import type { GrantOutcome, IssuedTokens, TokenGrant, TokenRequest } from '../grants/token-grant.js';
import type { RefusalReason } from '../refusals.js';
import { jsonResponse, refusalResponse } from './client-response.js';
import { checkTokenLimit } from './credential-limit.js';
import { withDpopNonce } from './dpop-nonce.js';
import type { ProtocolHandler } from './endpoint.js';
import { readOauthForm } from './oauth-form.js';
import { outageResponse } from './outage-response.js';
import { readPresentedClientAuthentication, requireClient, showsProof } from './proven-client.js';

/**
 * The token endpoint (OAuth 2.1 §3.2). In this order: the form, the grant type, the limit on the presented credential,
 * the proof of possession (RFC 9449 §5) as far as it consumes nothing, the client, whether the grant is open to it, the grant, and
 * last that neither the client's assertion nor the proof was ever used. A refusal consumes nothing of what the grant is for, nor
 * these two, except that a used code or refresh token that comes again ends its grant. The proof comes before the client, whose assertion is good once: a client
 * that is told a nonce sends the same again.
 */
export const tokenEndpoint: ProtocolHandler = withDpopNonce(async (core, request, context) => {
  const form = readOauthForm(request, REPEATABLE_PARAMETERS);
  if (!form.ok) return refuse(core, context, form.failure);
  const parameters = form.value;
  const grantType = parameters.value('grant_type');
  if (grantType === undefined) return refuse(core, context, 'grant_type_missing');
  const grant = TOKEN_GRANTS.find((known) => known.grantType === grantType);
  if (grant === undefined || grant.isOffered?.(core.settings) === false)
    return refuse(core, context, 'grant_type_unsupported');

  const authentication = readPresentedClientAuthentication(request, parameters);
  const credential = grant.credentialParameter && parameters.value(grant.credentialParameter);
  const limited = await checkTokenLimit(core, context, credential, authentication.clientId);
  if (limited !== undefined) return limited;

  const proof = await readDpopProof(core, request, core.paths.token);
  if (!proof.ok) {
    const { clientId } = authentication;
    return refuse(core, context, proof.failure, { grantType, ...(clientId === undefined ? {} : { clientId }) });
  }
  const proofKey = proof.value?.keyThumbprint;
  const useProofFor = (resource: ResourceIdentifier) => useDpopProofFor(core, resource, proof.value);
  const asked = { parameters, context, proofKey, useProofFor };
  const exchangeWithoutClient = showsProof(authentication) ? undefined : grant.withoutClient?.(core, parameters);
  if (exchangeWithoutClient !== undefined) {
    return answer(core, context, await exchangeWithoutClient(asked), { grantType });
  }
  const proven = await requireClient(core, context, authentication);
  if (!proven.ok) return proven.failure;
  const { client, useProof } = proven.value;
  const useBoth = async (resource: ResourceIdentifier) => (await useProof()) ?? useProofFor(resource);
  return exchange(core, { ...asked, client, useProofFor: useBoth }, grant);
});

async function exchange(core: Core, asked: TokenRequest, grant: TokenGrant): Promise<WholeResponse> {
  const { client, context, proofKey } = asked;
  const about = { clientId: client.clientId, clientName: client.clientName, grantType: grant.grantType };
  if (!client.grantTypes.includes(grant.grantType)) return refuse(core, context, 'grant_type_not_of_client', about);
  // RFC 9449 §5.2.
  if (proofKey === undefined && client.dpopBoundAccessTokens === true) {
    return refuse(core, context, 'dpop_proof_missing', about);
  }
  return answer(core, context, await grant.exchange(core, asked), about);
}

function answer(core: Core, context: RequestContext, issued: Awaited<GrantOutcome>, about: object): WholeResponse {
  if (issued.ok) return jsonResponse(formatTokenResponse(issued.value));
  const { reason, recorded, retryAfterSeconds, ...known } = issued.failure;
  if (retryAfterSeconds !== undefined) {
    return outageResponse(core, context, 'token.refused', retryAfterSeconds, { ...about, ...known, reason });
  }
  return recorded === true ? refusalResponse(reason) : refuse(core, context, reason, { ...about, ...known });
}

/** The wire form of a token response (OAuth 2.1 §3.2.3). */
function formatTokenResponse(tokens: IssuedTokens): object {
  return {
    access_token: tokens.accessToken.accessToken,
    ...(tokens.issuedTokenType === undefined ? {} : { issued_token_type: tokens.issuedTokenType }),
    token_type: tokens.accessToken.tokenType,
    expires_in: tokens.accessToken.expiresInSeconds,
    scope: formatScope(tokens.scopes),
    ...(tokens.resource === undefined ? {} : { resource: tokens.resource }),
    ...(tokens.refreshToken === undefined ? {} : { refresh_token: tokens.refreshToken }),
  };
}

function refuse(core: Core, context: RequestContext, reason: RefusalReason, details: object = {}): WholeResponse {
  core.trail.refused(context, 'token.refused', { ...details, reason });
  return refusalResponse(reason, undefined, proofAddress(core, core.paths.token));
}
