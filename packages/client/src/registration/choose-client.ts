import type { EpochSeconds, Issuer } from '@portcullis/protocol';
import type { AuthorizationServerMetadata } from '../discovery/authorization-server.js';
import type { Transport } from '../http/transport.js';
import { isStoreLocked, OAuthClientError } from '../oauth-client-error.js';
import type { ClientAuthMethod, Registration, ServerBinding, TokenSet } from '../stores/records.js';
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
  const { transport, identity, records } = choice;
  const all = await records.loadReadableRegistrations(place);
  const known = await recall(choice, server, place, all, (kept) => isRegisteredFor(kept, use));
  const isOnItsWord =
    known !== undefined && isReplaceable(identity, known) && (await isClientForgotten(transport, server, known));
  if (known !== undefined && !isOnItsWord) return known;
  if (known !== undefined) await records.removeRegistration(place, known.registration.clientId);
  const { redirectUri, grantTypes, scopes } = use;
  const redirectUris = redirectUri === undefined ? [] : [redirectUri];
  const registered = await registerDynamically(transport, server, {
    description: identity.description ?? {},
    redirectUris,
    grantTypes,
    scopes,
  });
  const made = {
    ...registered,
    redirectUris: registered.redirectUris.length > 0 ? registered.redirectUris : redirectUris,
    grantTypes,
  };
  // On the server's word alone. It is asked once about the new one too, so that a word which is worth nothing counts once.
  const isDisowned = isOnItsWord
    ? await isClientForgotten(transport, server, unproven(made))
    : all.some(({ isDisownedWrongly }) => isDisownedWrongly === true);
  const registration = isDisowned ? { ...made, isDisownedWrongly: true } : made;
  await records.saveRegistration(place, registration);
  return unproven(registration);
}

/**
 * The same without making one: undefined where this program is no client there yet.
 *
 * @param redirectUri - the one that is to be used; undefined for a request without one
 * @param clientId - the one that it is to be. @defaultValue whichever there is
 * @throws {OAuthClientError} `issuer_changed`
 */
export async function recallClient(
  choice: ClientChoice,
  server: AuthorizationServerMetadata,
  place: ServerBinding,
  redirectUri: string | undefined,
  clientId?: string,
): Promise<ProvenClient | undefined> {
  const { records, identity } = choice;
  const isNamed = isOwnName(identity, server);
  const all = await (isNamed ? records.loadReadableRegistrations(place) : records.loadRegistrations(place));
  return recall(choice, server, place, all, (kept) =>
    clientId === undefined
      ? redirectUri === undefined || kept.redirectUris.includes(redirectUri)
      : kept.clientId === clientId,
  );
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
  choice: ClientChoice,
  server: AuthorizationServerMetadata,
  place: ServerBinding,
  kept: readonly Registration[],
  isWanted: (registration: Registration) => boolean,
): Promise<ProvenClient | undefined> {
  const { identity, now } = choice;
  const { preRegistered, metadataDocumentUrl } = identity;
  if (preRegistered !== undefined) {
    await holdToIssuer(preRegistered, server, choice.records, kept, place);
    return preRegisteredClient(preRegistered, server);
  }
  if (metadataDocumentUrl !== undefined && server.isClientIdMetadataDocumentSupported) {
    return unproven({ ...NO_SECRET, issuer: server.issuer, clientId: metadataDocumentUrl });
  }
  const registration = kept.find((one) => isWanted(one) && isSecretGood(one, now()));
  return registration === undefined ? undefined : unproven(registration);
}

/** The client that tokens were issued to, and whether the server may be told to forget it. */
export interface ClientOfTokens {
  readonly client: ProvenClient;
  readonly isSelfRegistered: boolean;
}

/**
 * The client that these tokens are renewed and ended by: the one that they were issued to, whatever was registered or chosen
 * since. Undefined where what proves it has ended, or was lost.
 *
 * @throws {OAuthClientError} `issuer_changed`; `configuration_invalid` where its secret is not kept and was not given
 */
export async function clientOfTokens(
  choice: ClientChoice,
  server: AuthorizationServerMetadata,
  tokens: TokenSet,
): Promise<ClientOfTokens | undefined> {
  const { identity, records, now } = choice;
  const { preRegistered } = identity;
  const { clientId, issuer, client } = tokens;
  if (preRegistered?.clientId === clientId) {
    await holdToIssuer(preRegistered, server, records, await records.loadReadableRegistrations(tokens), tokens);
    return { client: preRegisteredClient(preRegistered, server), isSelfRegistered: false };
  }
  if (client === undefined) return clientBeforeItWasKept(choice, tokens);
  const { isSelfRegistered, authMethod, clientSecret, secretExpiresAtEpochSeconds } = client;
  if (!isSelfRegistered && authMethod !== 'none') throw secretMissing();
  const registration = { ...NO_SECRET, issuer, clientId, authMethod, clientSecret, secretExpiresAtEpochSeconds };
  return isSecretGood(registration, now()) ? { client: unproven(registration), isSelfRegistered } : undefined;
}

/** Of tokens that do not say: what is registered under that id. One registered by hand was kept by its id alone. */
async function clientBeforeItWasKept(
  { identity, records, now }: ClientChoice,
  tokens: TokenSet,
): Promise<ClientOfTokens | undefined> {
  const { clientId, issuer } = tokens;
  if (clientId === identity.metadataDocumentUrl) {
    return { client: unproven({ ...NO_SECRET, issuer, clientId }), isSelfRegistered: false };
  }
  const kept = (await records.loadRegistrations(tokens)).find((one) => one.clientId === clientId);
  if (kept === undefined || !isSecretGood(kept, now())) return undefined;
  const isSelfRegistered = kept.redirectUris.length > 0 || kept.clientSecret !== undefined;
  return { client: unproven(kept), isSelfRegistered };
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

/** Of those that do not say what they were registered for, any may do. */
function isRegisteredFor({ redirectUris, grantTypes }: Registration, use: ClientUse): boolean {
  if (use.redirectUri !== undefined && !redirectUris.includes(use.redirectUri)) return false;
  return grantTypes === undefined || use.grantTypes.every((type) => grantTypes.includes(type));
}

/** A secret has a minute left. */
function isSecretGood({ secretExpiresAtEpochSeconds }: Registration, now: EpochSeconds): boolean {
  return secretExpiresAtEpochSeconds === undefined || secretExpiresAtEpochSeconds >= now + 60;
}

/**
 * The server decides which authorization server it names, so what was registered by hand is bound to one: a server that
 * names another would else be handed the secret.
 */
async function holdToIssuer(
  client: PreRegisteredClient,
  server: AuthorizationServerMetadata,
  records: SessionRecords,
  kept: readonly Registration[],
  place: ServerBinding,
): Promise<void> {
  const { issuer, clientId } = client;
  if (issuer !== undefined) {
    if (issuer !== server.issuer) throw changed();
    // The caller says so at every turn: one that cannot be kept holds nothing up.
    return records.holdClient(clientId, issuer).catch(() => undefined);
  }
  const held = await records.loadHeldClient(clientId).catch(throwNotReadable);
  const heldTo = held ?? (await issuerBeforeItWasKept(clientId, server, records, kept));
  if (heldTo !== undefined && heldTo !== server.issuer) throw changed();
  // Before anything is sent: a server that names another one after a refusal would else be met for the first time again.
  if (held === undefined) await records.holdClient(clientId, place.issuer);
}

/** Where the store does not say: one that had this client before is taken, else the one that was signed in at. */
async function issuerBeforeItWasKept(
  clientId: string,
  server: AuthorizationServerMetadata,
  records: SessionRecords,
  kept: readonly Registration[],
): Promise<Issuer | undefined> {
  // By its id alone: a server that registers clients chooses their ids, and could choose this one.
  const isByHand = ({ redirectUris, grantTypes }: Registration): boolean =>
    redirectUris.length === 0 && grantTypes === undefined;
  if (kept.some((one) => one.clientId === clientId && isByHand(one))) return server.issuer;
  return (await records.loadPersonsBinding().catch(throwNotReadable))?.issuer;
}

/** Not knowing is no reason to take the server's word. */
function throwNotReadable(cause: unknown): never {
  throw isStoreLocked(cause) ? issuerNotReadable(cause) : cause;
}

function secretMissing(): OAuthClientError {
  return new OAuthClientError(
    'configuration_invalid',
    'The token is due, and is renewed by a client that was registered by hand, whose secret is not kept. Give its client id and secret, or sign in again.',
  );
}

function changed(): OAuthClientError {
  return new OAuthClientError(
    'issuer_changed',
    'The server now names another authorization server than the one this client is registered at. Nothing was sent to it. If that is meant to be, give the client id together with the issuer of the new one.',
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
