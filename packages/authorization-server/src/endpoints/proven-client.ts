import type { Client, RequestContext, WholeRequest, WholeResponse } from '@portcullis/ports';
import { fail, isBasicAuthorization, type OauthParameters, type Result } from '@portcullis/protocol';
import {
  authenticateClient,
  type ClientAuthenticationFailure,
  type FindClient,
  readPresentedClient,
} from '../checks/client-authentication.js';
import type { Core } from '../core.js';
import { describeRefusal } from '../refusals.js';
import { refusalResponse } from './client-response.js';

/** What a request says of its client. Nothing of it is proven. */
export interface PresentedClientAuthentication {
  /** The header, as it came. */
  readonly authorization: string | null;
  readonly presented: ReturnType<typeof readPresentedClient>;
  /** Whom the request names, whether or not its proof can be read. */
  readonly clientId: string | undefined;
}

/** Reads the client authentication of a request, from its header and its parameters. */
export function readPresentedClientAuthentication(
  request: WholeRequest,
  parameters: OauthParameters,
): PresentedClientAuthentication {
  const authorization = request.header('authorization');
  const presented = readPresentedClient(authorization, parameters);
  const clientId = presented.ok ? presented.value.clientId : parameters.value('client_id');
  return { authorization, presented, clientId };
}

/**
 * The client of a request, once it has proved who it is (OAuth 2.1 §2.4). Otherwise the answer (§3.2.4): a client that
 * tried Basic is told so in a challenge, and all else is alike whether it is unknown or its proof is wrong.
 */
export async function requireClient(
  core: Core,
  context: RequestContext,
  { authorization, presented, clientId: named }: PresentedClientAuthentication,
  find?: FindClient,
): Promise<Result<Client, WholeResponse>> {
  const client: Result<Client, ClientAuthenticationFailure> = presented.ok
    ? await authenticateClient(core, presented.value, find)
    : fail({ reason: presented.failure, clientId: named });
  if (client.ok) return client;
  const { reason, clientId, detail } = client.failure;
  core.trail.refused(context, 'client.authentication_failed', {
    reason,
    ...(clientId === undefined ? {} : { clientId }),
    ...(detail === undefined ? {} : { detail }),
  });
  const usedBasic = authorization !== null && isBasicAuthorization(authorization);
  const isChallenge = usedBasic && describeRefusal(reason).status === 401;
  return fail(refusalResponse(reason, isChallenge ? { 'www-authenticate': 'Basic realm="token"' } : {}));
}
