import type { FoundClient, RequestContext, WholeRequest, WholeResponse } from '@portcullis/ports';
import { fail, parseOauthParameters, type Result, type Sha256, succeed } from '@portcullis/protocol';
import type { Core } from '../core.js';
import { takePoint } from '../rate-limits.js';
import type { RefusalReason } from '../refusals.js';
import { refusalResponse } from './client-response.js';
import { limitedResponse } from './limited-response.js';

/** A client that registered itself, at its own registration. */
export interface ManagedClient {
  readonly client: FoundClient;
  /** As it came. */
  readonly registrationToken: string;
  readonly registrationTokenHash: Sha256;
}

/** RFC 6750 §2.1. */
const BEARER = /^bearer +([A-Za-z0-9\-._~+/]+=*) *$/i;

/**
 * The client that a request is about, once its registration token came with it (RFC 7592 §2): in the header alone, and for the
 * client that the query names. Unknown is alike whether it is the token or the client.
 *
 * Every try counts for the token that came and the network it came from, and one without a token for the network alone. So nobody
 * who shares a network with a client, nor whoever guesses there, keeps it from its registration; and nobody guesses 256 bits.
 *
 * A token that comes for another client is not where it belongs, and is taken back (§2.1); its client goes on without one.
 */
export async function requireManagedClient(
  core: Core,
  request: WholeRequest,
  context: RequestContext,
): Promise<Result<ManagedClient, WholeResponse>> {
  const { platform, storage } = core.ports;
  const registrationToken = BEARER.exec(request.header('authorization') ?? '')?.[1];
  const registrationTokenHash = registrationToken === undefined ? undefined : platform.hash(registrationToken);
  const rule = core.settings.rateLimits.registrationManagement;
  const reached = await takePoint(core, rule, context.network, registrationTokenHash ?? '');
  if (reached !== undefined) return fail(limitedResponse(core, context, reached));
  if (registrationToken === undefined || registrationTokenHash === undefined) {
    return fail(refuseManagement(core, context, 'registration_token_missing'));
  }
  const client = await storage.clients.findByRegistrationToken(core.settings.tenantId, registrationTokenHash);
  if (client === undefined) return fail(refuseManagement(core, context, 'registration_token_unknown'));
  const named = parseOauthParameters(request.search.slice(1)).value('client_id');
  if (named === undefined) return fail(refuseManagement(core, context, 'registration_client_missing', client));
  return named === client.clientId
    ? succeed({ client, registrationToken, registrationTokenHash })
    : fail(await takeBack(core, context, client, registrationTokenHash));
}

async function takeBack(
  core: Core,
  context: RequestContext,
  { clientId, clientName }: FoundClient,
  registrationTokenHash: Sha256,
): Promise<WholeResponse> {
  const reason = 'registration_token_of_other_client';
  const details = { reason, clientId, clientName } as const;
  const event = core.trail.event(context, 'client.registration_token_revoked', 'refused', details);
  await core.ports.storage.clients.revokeRegistrationToken(core.settings.tenantId, registrationTokenHash, event);
  core.trail.record(event);
  return challenge(reason);
}

/** Refuses what a client wants of its registration, and records why. */
export function refuseManagement(
  core: Core,
  context: RequestContext,
  reason: RefusalReason,
  client?: Pick<FoundClient, 'clientId' | 'clientName'>,
): WholeResponse {
  const known = client === undefined ? {} : { clientId: client.clientId, clientName: client.clientName };
  core.trail.refused(context, 'client.registration_refused', { ...known, reason });
  return challenge(reason);
}

/** RFC 6750 §3: whoever came without a token is told of the scheme alone. */
function challenge(reason: RefusalReason): WholeResponse {
  const response = refusalResponse(reason);
  if (response.status !== 401) return response;
  const value = reason === 'registration_token_missing' ? 'Bearer' : 'Bearer error="invalid_token"';
  return { ...response, headers: { ...response.headers, 'www-authenticate': value } };
}
