import type { RequestContext, ResourceServer, WholeResponse } from '@portcullis/ports';
import { formatScope, parsePresentedToken } from '@portcullis/protocol';
import { authenticateResourceServer, readResourceServerCredentials } from '../checks/resource-server-authentication.js';
import type { Core } from '../core.js';
import { introspect } from '../grants/introspection.js';
import type { PresentedAccessToken, PresentedToken } from '../grants/presented-token.js';
import { describeRefusal, type RefusalReason } from '../refusals.js';
import type { Settings } from '../settings.js';
import { readAuthorization } from './authorization-header.js';
import { jsonResponse, refusalResponse } from './client-response.js';
import { checkCredentialLimit } from './credential-limit.js';
import type { ProtocolHandler } from './endpoint.js';
import { readOauthForm } from './oauth-form.js';

/**
 * The introspection endpoint (RFC 7662 §2). In this order: the form, the limit, the resource server, the token. Only a
 * resource server that the operator registered may ask, and it is told of access tokens for its own resource alone: all
 * others are answered with `{"active":false}` and nothing else, whatever they are (§2.2, §4).
 *
 * The limit counts by the presented id and the network it came from, before the secret is looked at: a stranger who
 * knows an id cannot use up what its owner has.
 */
export const introspectEndpoint: ProtocolHandler = async (core, request, context) => {
  const form = readOauthForm(request);
  if (!form.ok) return refuse(core, context, form.failure);
  const credentials = readResourceServerCredentials(readAuthorization(request), form.value);
  const resourceServerId = credentials.ok ? credentials.value.resourceServerId : undefined;
  const rule = core.settings.rateLimits.introspectionPerResourceServer;
  const limited = await checkCredentialLimit(core, context, rule, `${context.network} ${resourceServerId ?? ''}`);
  if (limited !== undefined) return limited;

  if (!credentials.ok) return refuseAuthentication(core, context, credentials.failure, resourceServerId);
  const resourceServer = await authenticateResourceServer(core, credentials.value);
  if (!resourceServer.ok) return refuseAuthentication(core, context, resourceServer.failure, resourceServerId);
  const { identifier: resource } = resourceServer.value.resource;
  const presented = parsePresentedToken(form.value);
  if (!presented.ok) return refuse(core, context, presented.failure, { resource });
  return answer(core, context, resourceServer.value, presented.value);
};

async function answer(
  core: Core,
  context: RequestContext,
  resourceServer: ResourceServer,
  presented: string,
): Promise<WholeResponse> {
  const now = core.ports.platform.clock.nowEpochSeconds();
  const introspected = await introspect(core, presented, resourceServer, now);
  const about = (token: PresentedToken | undefined): object =>
    token === undefined
      ? {}
      : {
          clientId: token.clientId,
          subject: token.subject,
          grantId: token.grantId,
          ...(token.kind === 'access_token' ? { accessTokenId: token.accessTokenId } : {}),
        };
  const { identifier: resource } = resourceServer.resource;
  if (introspected.ok) {
    const details = { ...about(introspected.value), resource };
    core.trail.record(core.trail.event(context, 'introspection.answered', 'allowed', details));
    return jsonResponse(formatActiveToken(introspected.value, core.settings));
  }
  const { reason, token } = introspected.failure;
  core.trail.refused(context, 'introspection.inactive', { ...about(token), resource, reason });
  return jsonResponse({ active: false });
}

/**
 * What is told of an active token (RFC 7662 §2.2): what the access token itself says to whoever verifies it, and no more.
 * There is no `username`, since a resource server knows a user by `sub`.
 */
function formatActiveToken(token: PresentedAccessToken, { issuer }: Settings): object {
  return {
    active: true,
    iss: issuer,
    sub: token.subject,
    client_id: token.clientId,
    scope: formatScope(token.scopes),
    exp: token.expiresAtEpochSeconds,
    token_type: token.proofKey === undefined ? 'Bearer' : 'DPoP',
    aud: token.resource,
    iat: token.issuedAtEpochSeconds,
    jti: token.accessTokenId,
    ...(token.proofKey === undefined ? {} : { cnf: { jkt: token.proofKey } }),
    ...(token.actor === undefined ? {} : { act: token.actor }),
  };
}

function refuse(core: Core, context: RequestContext, reason: RefusalReason, details: object = {}): WholeResponse {
  core.trail.refused(context, 'introspection.refused', { ...details, reason });
  return refusalResponse(reason);
}

/** RFC 7662 §2.3. The id is one that somebody presented; nothing proves that it is theirs. */
function refuseAuthentication(
  core: Core,
  context: RequestContext,
  reason: RefusalReason,
  resourceServerId: string | undefined,
): WholeResponse {
  core.trail.refused(context, 'resource_server.authentication_failed', {
    reason,
    ...(resourceServerId === undefined ? {} : { clientId: resourceServerId }),
  });
  const isChallenge = describeRefusal(reason).status === 401;
  return refusalResponse(reason, isChallenge ? { 'www-authenticate': 'Basic realm="introspection"' } : {});
}
