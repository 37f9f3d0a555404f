import type { RequestContext, WholeRequest, WholeResponse } from '@portcullis/ports';
import { formatScope } from '@portcullis/protocol';
import { checkDpopProof, proofAddress } from '../checks/dpop-proof.js';
import type { Core } from '../core.js';
import { TOKEN_GRANTS } from '../grants/index.js';
import type { GrantOutcome, IssuedTokens, TokenGrant, TokenRequest } from '../grants/token-grant.js';
import type { RefusalReason } from '../refusals.js';
import { jsonResponse, refusalResponse } from './client-response.js';
import { checkTokenLimit } from './credential-limit.js';
import type { ProtocolHandler } from './endpoint.js';
import { readOauthForm } from './oauth-form.js';
import { readPresentedClientAuthentication, requireClient, showsProof } from './proven-client.js';

/**
 * The token endpoint (OAuth 2.1 §3.2). In this order: the form, the grant type, the limit on the presented credential,
 * the client, whether the grant is open to it, the proof of possession (RFC 9449 §5), the grant. A refusal consumes nothing of
 * what the grant is for, except that a used code or refresh token that comes again ends its grant. Where proofs need a
 * nonce, every answer brings the newest one (RFC 9449 §8.2).
 */
export const tokenEndpoint: ProtocolHandler = async (core, request, context) => {
  const response = await answerRequest(core, request, context);
  if (core.dpopNonces === undefined) return response;
  const nonce = await core.dpopNonces.current();
  return { ...response, headers: { ...response.headers, 'dpop-nonce': nonce } };
};

const answerRequest: ProtocolHandler = async (core, request, context) => {
  const form = readOauthForm(request, ['resource', 'audience']);
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

  const { withoutClient } = grant;
  if (withoutClient?.isMeant(core, parameters) === true && !showsProof(authentication)) {
    const proof = await checkDpopProof(core, request, core.paths.token);
    if (!proof.ok) return refuse(core, context, proof.failure, { grantType });
    const issued = await withoutClient.exchange(core, { parameters, context, proofKey: proof.value });
    return answer(core, context, issued, { grantType });
  }
  const client = await requireClient(core, context, authentication);
  if (!client.ok) return client.failure;
  return exchange(core, request, { parameters, context, client: client.value }, grant);
};

async function exchange(
  core: Core,
  request: WholeRequest,
  asked: Omit<TokenRequest, 'proofKey'>,
  grant: TokenGrant,
): Promise<WholeResponse> {
  const { client, context } = asked;
  const about = { clientId: client.clientId, clientName: client.clientName, grantType: grant.grantType };
  if (!client.grantTypes.includes(grant.grantType)) return refuse(core, context, 'grant_type_not_of_client', about);
  const proof = await checkDpopProof(core, request, core.paths.token);
  if (!proof.ok) return refuse(core, context, proof.failure, about);
  const proofKey = proof.value;
  // RFC 9449 §5.2.
  if (proofKey === undefined && client.dpopBoundAccessTokens === true) {
    return refuse(core, context, 'dpop_proof_missing', about);
  }
  const issued = await grant.exchange(core, { ...asked, proofKey });
  return answer(core, context, issued, about);
}

function answer(core: Core, context: RequestContext, issued: Awaited<GrantOutcome>, about: object): WholeResponse {
  if (issued.ok) return jsonResponse(formatTokenResponse(issued.value));
  const { reason, recorded, ...known } = issued.failure;
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
    ...(tokens.refreshToken === undefined ? {} : { refresh_token: tokens.refreshToken }),
  };
}

function refuse(core: Core, context: RequestContext, reason: RefusalReason, details: object = {}): WholeResponse {
  core.trail.refused(context, 'token.refused', { ...details, reason });
  return refusalResponse(reason, undefined, proofAddress(core, core.paths.token));
}
