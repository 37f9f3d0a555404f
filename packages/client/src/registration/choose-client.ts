import type { EpochSeconds } from '@portcullis/protocol';
import type { AuthorizationServerMetadata } from '../discovery/authorization-server.js';
import type { Transport } from '../http/transport.js';
import { isStoreLocked, OAuthClientError } from '../oauth-client-error.js';
import type { ClientAuthMethod, Registration, ServerBinding } from '../stores/records.js';
import type { SessionRecords } from '../stores/session-records.js';
import type { ProvenClient } from '../tokens/client-authentication.js';
import type { ClientIdentity, PreRegisteredClient } from './client-identity.js';
import { registerDynamically } from './dynamic-registration.js';
import { isClientForgotten } from './known-client.js';

/** What a client is wanted for. */
export interface ClientUse {
  /** Undefined for a grant without a browser. */
  readonly redirectUri: string | undefined;
  readonly grantTypes: readonly string[];
  readonly scopes: readonly string[];
}

/** What choosing a client works with. */
export interface ClientChoice {
  readonly transport: Transport;
  readonly records: SessionRecords;
  readonly identity: ClientIdentity;
  readonly now: () => EpochSeconds;
}

/**
 * The client of this program at one authorization server (MCP, Client Registration Approaches): registered by hand, else
 * by its metadata document where that is taken, else one that registered itself before and that the server has not
 * forgotten, else a new one. What was registered at another server is never used.
 *
 * @throws {OAuthClientError} `issuer_changed`, `registration_unavailable`, `registration_refused`, …
 */
export async function chooseClient(
  choice: ClientChoice,
  server: AuthorizationServerMetadata,
  place: ServerBinding,
  use: ClientUse,
): Promise<ProvenClient> {
  const { transport, identity } = choice;
  const kept = await choice.records.loadReadableRegistration(place);
  const known = await recall(choice, server, place, use.redirectUri, kept);
  const isOnItsWord =
    known !== undefined && isReplaceable(identity, known) && (await isClientForgotten(transport, server, known));
  if (known !== undefined && !isOnItsWord) return known;
  const redirectUris = use.redirectUri === undefined ? [] : [use.redirectUri];
  const registered = await registerDynamically(transport, server, {
    description: identity.description ?? {},
    redirectUris,
    grantTypes: use.grantTypes,
    scopes: use.scopes,
  });
  const made = registered.redirectUris.length > 0 ? registered : { ...registered, redirectUris };
  // On the server's word alone. It is asked once about the new one too, so that a word which is worth nothing counts once.
  const isDisowned = isOnItsWord
    ? await isClientForgotten(transport, server, unproven(made))
    : kept?.isDisownedWrongly === true;
  const registration = isDisowned ? { ...made, isDisownedWrongly: true } : made;
  await choice.records.saveRegistration(place, registration);
  return unproven(registration);
}

/**
 * The same without making one: undefined where this program is no client there yet.
 *
 * @param redirectUri - the one that is to be used; undefined for a request without one
 * @throws {OAuthClientError} `issuer_changed`
 */
export async function recallClient(
  choice: ClientChoice,
  server: AuthorizationServerMetadata,
  place: ServerBinding,
  redirectUri: string | undefined,
): Promise<ProvenClient | undefined> {
  const { records, identity } = choice;
  const kept = isOwnName(identity, server) ? records.loadReadableRegistration(place) : records.loadRegistration(place);
  return recall(choice, server, place, redirectUri, await kept);
}

/** Whether this client has a name there that was given to it, so that what is kept, and may be locked, says nothing of it. */
function isOwnName(
  { preRegistered, metadataDocumentUrl }: ClientIdentity,
  server: AuthorizationServerMetadata,
): boolean {
  if (preRegistered !== undefined) return preRegistered.issuer !== undefined;
  return metadataDocumentUrl !== undefined && server.isClientIdMetadataDocumentSupported;
}

async function recall(
  { records, identity, now }: ClientChoice,
  server: AuthorizationServerMetadata,
  place: ServerBinding,
  redirectUri: string | undefined,
  kept: Registration | undefined,
): Promise<ProvenClient | undefined> {
  const { preRegistered, metadataDocumentUrl } = identity;
  if (preRegistered !== undefined) {
    await holdToIssuer(preRegistered, server, records, kept, place);
    return preRegisteredClient(preRegistered, server);
  }
  if (metadataDocumentUrl !== undefined && server.isClientIdMetadataDocumentSupported) {
    return unproven({ ...NO_SECRET, issuer: server.issuer, clientId: metadataDocumentUrl });
  }
  return kept !== undefined && isUsable(kept, redirectUri, now()) ? unproven(kept) : undefined;
}

/** Whether this client may be forgotten and made anew when the server says that it does not know it. */
export function isReplaceable(identity: ClientIdentity, client: ProvenClient): boolean {
  return identity.preRegistered === undefined && client.registration.clientId !== identity.metadataDocumentUrl;
}

const NO_SECRET = {
  clientSecret: undefined,
  authMethod: 'none',
  redirectUris: [],
  secretExpiresAtEpochSeconds: undefined,
} as const;

function unproven(registration: Registration): ProvenClient {
  return { registration, privateKey: undefined };
}

/** With the same callback, and a secret that has a minute left. */
function isUsable(kept: Registration, redirectUri: string | undefined, now: EpochSeconds): boolean {
  const { secretExpiresAtEpochSeconds, redirectUris } = kept;
  if (secretExpiresAtEpochSeconds !== undefined && secretExpiresAtEpochSeconds < now + 60) return false;
  return redirectUri === undefined || redirectUris.includes(redirectUri);
}

/**
 * The server decides which authorization server it names, so what was registered by hand is bound to one: a server that
 * names another would else be handed the secret.
 */
async function holdToIssuer(
  client: PreRegisteredClient,
  server: AuthorizationServerMetadata,
  records: SessionRecords,
  kept: Registration | undefined,
  place: ServerBinding,
): Promise<void> {
  const { issuer, clientId } = client;
  if (issuer !== undefined) {
    if (issuer === server.issuer) return;
    throw changed();
  }
  if (kept?.clientId === clientId) return;
  const binding = await records.loadBinding().catch((cause: unknown) => {
    // Not knowing is no reason to take the server's word.
    throw isStoreLocked(cause) ? issuerNotReadable(cause) : cause;
  });
  if (binding !== undefined && binding.issuer !== server.issuer) throw changed();
  await records.saveRegistration(place, { ...NO_SECRET, issuer: server.issuer, clientId });
  // Before anything is sent: a server that names another one after a refusal would else be met for the first time again.
  await records.saveBinding(place);
}

function changed(): OAuthClientError {
  return new OAuthClientError(
    'issuer_changed',
    'The server now names another authorization server than the one this client is registered at. Nothing was sent to it. If that is meant to be, sign out, and give the client id and the issuer of the new one.',
  );
}

function issuerNotReadable(cause: unknown): OAuthClientError {
  return new OAuthClientError(
    'store_locked',
    'Which authorization server this client is registered at was kept under a key that is not there. Give the issuer together with the client id, or bring that key back. Nothing was sent.',
    { cause },
  );
}

function preRegisteredClient(client: PreRegisteredClient, server: AuthorizationServerMetadata): ProvenClient {
  const { clientId, clientSecret, privateKey, keyId } = client;
  const authMethod = client.authMethod ?? methodOf(client, server.tokenEndpointAuthMethods);
  const registration = { ...NO_SECRET, issuer: server.issuer, clientId, clientSecret, authMethod };
  return { registration, privateKey: privateKey === undefined ? undefined : { key: privateKey, keyId } };
}

function methodOf({ clientSecret, privateKey }: PreRegisteredClient, supported: readonly string[]): ClientAuthMethod {
  if (privateKey !== undefined) return 'private_key_jwt';
  if (clientSecret === undefined) return 'none';
  const isPostOnly = supported.includes('client_secret_post') && !supported.includes('client_secret_basic');
  return isPostOnly ? 'client_secret_post' : 'client_secret_basic';
}
