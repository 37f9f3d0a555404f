import type { Client, RequestContext, WholeResponse } from '@portcullis/ports';
import { fail, isBasicAuthorization, type OauthParameters, type Result } from '@portcullis/protocol';
import { authenticateClient, type FindClient, readPresentedClient } from '../checks/client-authentication.js';
import type { Core } from '../core.js';
import { describeRefusal } from '../refusals.js';
import { refusalResponse } from './client-response.js';

/** What the caller knows already, or does in its own way. */
interface Looking {
  /** What {@link readPresentedClient} made of the request. */
  readonly presented?: ReturnType<typeof readPresentedClient>;
  readonly find?: FindClient;
}

/**
 * The client of a request, once it has proved who it is (OAuth 2.1 §2.4). Otherwise the answer (§3.2.4): a client that
 * tried Basic is told so in a challenge, and all else is alike whether it is unknown or its proof is wrong.
 */
export async function requireClient(
  core: Core,
  authorization: string | null,
  context: RequestContext,
  parameters: OauthParameters,
  { presented = readPresentedClient(authorization, parameters), find }: Looking = {},
): Promise<Result<Client, WholeResponse>> {
  const client = await authenticateClient(core, presented, parameters, find);
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
