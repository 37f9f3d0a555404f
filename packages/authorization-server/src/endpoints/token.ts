import type { Client, RequestContext } from '@portcullis/ports';
import {
  FORM_MEDIA_TYPE,
  fail,
  formatScope,
  isBasicAuthorization,
  type OauthParameters,
  parseOauthParameters,
  type Result,
  succeed,
} from '@portcullis/protocol';
import { authenticateClient, nameOfClient } from '../checks/client-authentication.js';
import type { Core } from '../core.js';
import { TOKEN_GRANTS } from '../grants/index.js';
import type { IssuedTokens, TokenGrant } from '../grants/token-grant.js';
import { describeRefusal, type RefusalReason } from '../refusals.js';
import type { EndpointHandler } from './endpoint.js';
import { jsonResponse, refusalResponse } from './json-response.js';
import { readBody } from './request-body.js';

/**
 * The token endpoint (OAuth 2.1 §3.2). In this order: the form, the grant type, the limit on the presented credential,
 * the client, the grant. A refusal consumes nothing, except that a used code or refresh token that comes again ends
 * its grant.
 */
export const tokenEndpoint: EndpointHandler = async (core, request, context) => {
  const form = await readTokenForm(request);
  if (!form.ok) return refuse(core, context, form.failure);
  const parameters = form.value;
  const grantType = parameters.value('grant_type');
  if (grantType === undefined) return refuse(core, context, 'grant_type_missing');
  const grant = TOKEN_GRANTS.find((known) => known.grantType === grantType);
  if (grant === undefined) return refuse(core, context, 'grant_type_unsupported');

  const authorization = request.headers.get('authorization');
  const limited = await checkTokenLimit(core, context, grant, authorization, parameters);
  if (limited !== undefined) return limited;

  const client = await authenticateClient(core, authorization, parameters);
  if (!client.ok) {
    const { reason, clientId, detail } = client.failure;
    core.trail.refused(context, 'client.authentication_failed', {
      reason,
      ...(clientId === undefined ? {} : { clientId }),
      ...(detail === undefined ? {} : { detail }),
    });
    const usedBasic = authorization !== null && isBasicAuthorization(authorization);
    const isChallenge = usedBasic && describeRefusal(reason).status === 401;
    return refusalResponse(reason, isChallenge ? { 'www-authenticate': 'Basic realm="token"' } : {});
  }
  return exchange(core, context, parameters, grant, client.value);
};

async function exchange(
  core: Core,
  context: RequestContext,
  parameters: OauthParameters,
  grant: TokenGrant,
  client: Client,
): Promise<Response> {
  const about = { clientId: client.clientId, clientName: client.clientName, grantType: grant.grantType };
  if (!client.grantTypes.includes(grant.grantType)) return refuse(core, context, 'grant_type_not_of_client', about);
  const issued = await grant.exchange(core, parameters, client, context);
  if (issued.ok) return jsonResponse(formatTokenResponse(issued.value));
  const { reason, recorded, ...known } = issued.failure;
  return recorded === true ? refusalResponse(reason) : refuse(core, context, reason, { ...about, ...known });
}

/** The wire form of a token response (OAuth 2.1 §3.2.3). */
function formatTokenResponse(tokens: IssuedTokens): object {
  return {
    access_token: tokens.accessToken.accessToken,
    token_type: 'Bearer',
    expires_in: tokens.accessToken.expiresInSeconds,
    scope: formatScope(tokens.scopes),
    ...(tokens.refreshToken === undefined ? {} : { refresh_token: tokens.refreshToken }),
  };
}

async function readTokenForm(request: Request): Promise<Result<OauthParameters, RefusalReason>> {
  // Addresses end up in logs and histories, so nothing is ever read from this one (OAuth 2.1 §3.2).
  if (new URL(request.url).search !== '') return fail('parameters_in_query');
  const body = await readBody(request, FORM_MEDIA_TYPE);
  if (!body.ok) return body;
  const parameters = parseOauthParameters(body.value, ['resource']);
  return parameters.problem === undefined ? succeed(parameters) : fail(parameters.problem);
}

/**
 * Limits how often one credential is tried. Where there is no code or refresh token, that is the client from one network:
 * counted by its name alone, a stranger could use up what it may ask for.
 */
async function checkTokenLimit(
  core: Core,
  context: RequestContext,
  grant: TokenGrant,
  authorization: string | null,
  parameters: OauthParameters,
): Promise<Response | undefined> {
  const rule = core.settings.rateLimits.tokenPerCredential;
  const presented = grant.credentialParameter && parameters.value(grant.credentialParameter);
  const credential = presented ?? `${context.network} ${nameOfClient(authorization, parameters) ?? ''}`;
  const key = `${core.settings.tenantId}:${core.ports.platform.hash(credential)}`;
  const decision = await core.ports.rateLimiter.consume(rule, key);
  if (decision.allowed) return undefined;
  core.trail.refused(context, 'rate_limit.exceeded', { reason: 'rate_limited', rule: rule.name });
  return refusalResponse('rate_limited', { 'retry-after': String(decision.retryAfterSeconds) });
}

function refuse(core: Core, context: RequestContext, reason: RefusalReason, details: object = {}): Response {
  core.trail.refused(context, 'token.refused', { ...details, reason });
  return refusalResponse(reason);
}
