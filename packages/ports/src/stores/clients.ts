import type { EpochSeconds, Sha256, TenantId } from '@portcullis/protocol';
import type { AuditEvent } from '../audit.js';
import type { Revocation } from './revocation-marks.js';

/** How a client proves who it is at the token endpoint (RFC 7591 §2, RFC 7523 §2.2). */
export type TokenEndpointAuthMethod = 'none' | 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt';

/**
 * Who made a client known: the operator in the configuration (`configured`) or by the command line (`registered`), the
 * client itself by RFC 7591 (`dynamic`), or the document that its id names (`metadata_document`). Only the first two
 * are vouched for, and therefore trusted with a silent error redirect.
 */
export type ClientSource = 'configured' | 'registered' | 'dynamic' | 'metadata_document';

/** Between which resources a client exchanges tokens. */
export interface TokenExchangePermission {
  /** Audiences of the tokens it may present: the resources that it serves itself. */
  readonly subjectResources: readonly string[];
  /** Resources it may have tokens for. */
  readonly targetResources: readonly string[];
}

/** A client as it is stored. */
export interface Client {
  readonly tenantId: TenantId;
  readonly clientId: string;
  readonly source: ClientSource;
  readonly clientName: string;
  /** Empty for a client that has no authorization code grant. */
  readonly redirectUris: readonly string[];
  readonly tokenEndpointAuthMethod: TokenEndpointAuthMethod;
  /** Of the secret, for the two secret methods. */
  readonly clientSecretHash: Sha256 | undefined;
  /** Public keys of `private_key_jwt`, as a JWK Set in JSON (RFC 7517 §5). Never together with {@link Client.jwksUri}. */
  readonly jwks: string | undefined;
  /** Where those keys are instead. A stranger named it: only `untrustedFetch` goes there. */
  readonly jwksUri: string | undefined;
  readonly grantTypes: readonly string[];
  /** Scopes the client may have, with those that they contain at a resource; undefined is no limit of its own. */
  readonly scopes: readonly string[] | undefined;
  readonly applicationType: 'native' | 'web';
  readonly clientUri: string | undefined;
  readonly createdAtEpochSeconds: EpochSeconds;
  /** Only begins with a pushed request (RFC 9126 §6). @defaultValue false */
  readonly requirePushedAuthorizationRequests?: boolean;
  /** Only gets access tokens that are bound to a key (RFC 9449 §5.2). @defaultValue false */
  readonly dpopBoundAccessTokens?: boolean;
  /** Gets nothing by the word of an identity provider alone: the user has to have consented here, and so to have signed in here
   * under the subject that the provider's word has (`subjectAtIssuer`). @defaultValue false */
  readonly consentRequired?: boolean;
  /** What a client with the grant for it may exchange (RFC 8693). @defaultValue nothing */
  readonly tokenExchange?: TokenExchangePermission;
  /** Of the token by which a client that registered itself reads and changes its registration (RFC 7592 §3).
   * @defaultValue none */
  readonly registrationTokenHash?: Sha256;
  /** Of a client that a document describes; undefined for every other. */
  readonly document: ClientDocument | undefined;
}

/** What is known of a Client ID Metadata Document beyond the client it describes. */
export interface ClientDocument {
  /** Hash of the members that a consent depends on: another one is another client to a person who consented. */
  readonly fingerprint: Sha256;
  readonly fetchedAtEpochSeconds: EpochSeconds;
  /** Until then it is used without asking for it again (RFC 9111 §4.2). */
  readonly freshUntilEpochSeconds: EpochSeconds;
  /** For a conditional request (RFC 9110 §8.8.3). */
  readonly entityTag: string | undefined;
}

/** A client as it was found in the store. */
export interface FoundClient extends Client {
  /** When a code of it was last redeemed, a refresh token of it rotated, or it got a token in its own name, to the minute;
   * undefined before that. */
  readonly lastUsedAtEpochSeconds: EpochSeconds | undefined;
}

/** A use is noted when none was within so many seconds: a busy client does not write its row with every token. */
export const CLIENT_USE_NOTED_SECONDS = 60;

/** Clients that are not in the configuration. */
export interface ClientStore {
  find(tenantId: TenantId, clientId: string): Promise<FoundClient | undefined>;
  /** By client id; at most `limit` after the id `after`. */
  list(tenantId: TenantId, limit: number, after?: string): Promise<readonly FoundClient[]>;
  /** Stores a new client and the event in one transaction. @throws when the id is taken */
  register(client: Client, event: AuditEvent): Promise<void>;
  /**
   * Keeps a client as its document describes it now, in place of what was kept before. A first document counts as a
   * client that was never used until a code of it is redeemed. `changed` is written where the fingerprint is another one
   * than the stored, in the same transaction.
   *
   * @throws when the id belongs to a client of another source
   */
  keepDocument(client: Client, changed: AuditEvent): Promise<'first' | 'unchanged' | 'changed'>;
  /** Puts another secret in place of the old one, which stops at once. Only for clients that have one. */
  replaceSecret(
    tenantId: TenantId,
    clientId: string,
    clientSecretHash: Sha256,
    event: AuditEvent,
  ): Promise<'replaced' | 'unknown'>;
  /** The client whose registration token this is. */
  findByRegistrationToken(tenantId: TenantId, registrationTokenHash: Sha256): Promise<FoundClient | undefined>;
  /**
   * Puts another description in place of that of a client that registered itself (RFC 7592 §2.2), by one conditional statement:
   * as long as the registration token is the one of `held`, and it says and is given what `held` does, its secret as well.
   * `changed` where it does not any more: whoever decided on it reads again. Id, source, the time it came, the hash of the
   * token, and what only an operator gives (scopes, consent, exchange) stay. With a `revocation` it is another client to
   * whoever consented: its open transactions, codes, consents and grants end in the same transaction.
   */
  replaceRegistration(
    held: Client,
    client: Client,
    revocation: Revocation | undefined,
    event: AuditEvent,
  ): Promise<'replaced' | 'changed' | 'unknown'>;
  /** Takes a registration token back; its client goes on without one. */
  revokeRegistrationToken(
    tenantId: TenantId,
    registrationTokenHash: Sha256,
    event: AuditEvent,
  ): Promise<'revoked' | 'unknown'>;
  /** Notes that a client got a token in its own name, unless a use was noted within {@link CLIENT_USE_NOTED_SECONDS}.
   * Redemption and rotation note it by themselves. One that is not stored (any more) is let be. */
  noteUse(tenantId: TenantId, clientId: string, now: EpochSeconds): Promise<void>;
  /**
   * Removes a client and, in the same transaction, ends its open transactions, codes, consents and grants and writes the
   * marks that stop its access tokens: one for each grant, and one for the client itself, which its id may outlive.
   * `timesOfMark` says what that one stops and what it lets by.
   *
   * @param registrationTokenHash - of a client that removes itself: only as long as it has this registration token
   */
  remove(
    tenantId: TenantId,
    clientId: string,
    revocation: Revocation,
    event: AuditEvent,
    registrationTokenHash?: Sha256,
  ): Promise<'removed' | 'unknown'>;
}
