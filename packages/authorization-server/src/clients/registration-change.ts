import type { Client, FoundClient, Platform } from '@portcullis/ports';
import { fail, type JsonValue, type Result } from '@portcullis/protocol';
import { provesSecret } from '../checks/presented-credentials.js';
import type { AuthorizationServerPorts } from '../options.js';
import type { RefusalReason } from '../refusals.js';
import type { Settings } from '../settings.js';
import { fingerprintOf } from './client-fingerprint.js';
import { usesClientSecret } from './client-secret-methods.js';
import {
  type AcceptedRegistration,
  checkRegisteredMetadata,
  describeDynamicClient,
  newClientSecret,
  parseRegistrationBody,
} from './registration.js';

/** What the server says in a registration and the client never does (RFC 7592 §2.2). */
const ISSUED_MEMBERS = [
  'registration_access_token',
  'registration_client_uri',
  'client_id_issued_at',
  'client_secret_expires_at',
] as const;

/**
 * Decides on the body that is to take the place of a registration (RFC 7592 §2.2). It is whole: what it leaves out is gone, or
 * back at its default. It names its client, repeats the secret at most, and says nothing that only this server says; the rest
 * goes by the rules of a new registration.
 */
export function checkRegistrationChange(
  body: string,
  held: FoundClient,
  settings: Pick<Settings, 'redirectSchemes'>,
  ports: Pick<AuthorizationServerPorts, 'platform' | 'untrustedFetch'>,
): Result<AcceptedRegistration, RefusalReason> {
  const json = parseRegistrationBody(body);
  if (!json.ok) return json;
  const problem = findIdentityProblem(json.value, held, ports.platform);
  return problem === undefined ? checkRegisteredMetadata(json.value, settings, ports) : fail(problem);
}

function findIdentityProblem(body: JsonValue, held: FoundClient, { hash }: Platform): RefusalReason | undefined {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return 'client_metadata_malformed';
  const members = new Map(Object.entries(body).filter(([, value]) => value !== null && value !== ''));
  if (ISSUED_MEMBERS.some((member) => members.has(member))) return 'registration_member_not_changeable';
  if (members.get('client_id') !== held.clientId) return 'registration_client_id_mismatch';
  const secret = members.get('client_secret');
  if (secret === undefined) return undefined;
  const isOwn = typeof secret === 'string' && provesSecret(hash, [secret], held.clientSecretHash);
  return isOwn ? undefined : 'registration_client_secret_mismatch';
}

/** A registration in its new form. */
export interface ChangedClient {
  readonly client: Client;
  /** One that was made for it now, since it uses a secret and had none. */
  readonly clientSecret: string | undefined;
  /** Whether it is another client now to whoever consented to it: see {@link fingerprintOf}. */
  readonly isOther: boolean;
}

/** Puts an accepted description in place of the one that is held. What the client was given, it keeps. */
export function changeDynamicClient(
  held: FoundClient,
  accepted: AcceptedRegistration,
  platform: Platform,
): ChangedClient {
  const { tenantId, clientId, createdAtEpochSeconds, registrationTokenHash, scopes } = held;
  const { consentRequired, tokenExchange } = held;
  const clientSecret = held.clientSecretHash === undefined ? newClientSecret(accepted, platform) : undefined;
  const secretHash = clientSecret === undefined ? held.clientSecretHash : platform.hash(clientSecret);
  const client = describeDynamicClient(accepted, {
    tenantId,
    clientId,
    createdAtEpochSeconds,
    scopes,
    clientSecretHash: usesClientSecret(accepted.metadata.tokenEndpointAuthMethod) ? secretHash : undefined,
    ...(registrationTokenHash === undefined ? {} : { registrationTokenHash }),
    ...(consentRequired === undefined ? {} : { consentRequired }),
    ...(tokenExchange === undefined ? {} : { tokenExchange }),
  });
  const isOther = fingerprintOf(client, platform.hash) !== fingerprintOf(held, platform.hash);
  return { client, clientSecret, isOther };
}
