import type { EpochSeconds, Issuer, JsonObject, ResourceIdentifier } from '@portcullis/protocol';
import { textListMember, textMember } from '../http/json-object.js';

/** How a client proves itself at the token endpoint (RFC 7591 §2, `token_endpoint_auth_method`). */
export type ClientAuthMethod = 'none' | 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt';

/** This client, as one authorization server knows it. */
export interface Registration {
  readonly issuer: Issuer;
  readonly clientId: string;
  readonly clientSecret: string | undefined;
  readonly authMethod: ClientAuthMethod;
  /** Those it was registered with; empty where that is not known. */
  readonly redirectUris: readonly string[];
  /** When the secret ends (RFC 7591 §3.2.1, `client_secret_expires_at`); undefined where it does not. */
  readonly secretExpiresAtEpochSeconds: EpochSeconds | undefined;
  /** Whether the server said of this client, or of one before it, when it had just made it, that it does not know it. */
  readonly isDisownedWrongly?: boolean;
  /** Those it was registered for; absent where that is not known. */
  readonly grantTypes?: readonly string[] | undefined;
}

/** What proves the client that tokens were issued to, so that they are renewed by that one, whatever is registered later. */
export interface TokenClient {
  /** Whether it registered itself. The secret of any other client is not kept, and may be given anew. */
  readonly isSelfRegistered: boolean;
  readonly authMethod: ClientAuthMethod;
  /** Of one that registered itself. */
  readonly clientSecret: string | undefined;
  readonly secretExpiresAtEpochSeconds: EpochSeconds | undefined;
}

/** The tokens of one authorization server for one resource. */
export interface TokenSet {
  readonly issuer: Issuer;
  readonly resource: ResourceIdentifier;
  /** Whether the server was found by the fallback of 2025-03-26. */
  readonly isLegacy: boolean;
  readonly clientId: string;
  /** Undefined in records from before it was kept. */
  readonly client: TokenClient | undefined;
  readonly accessToken: string;
  /** As it is sent (RFC 6750 §2.1, RFC 9449 §7.1). */
  readonly tokenType: 'Bearer' | 'DPoP';
  readonly issuedAtEpochSeconds: EpochSeconds;
  /** Undefined where the server did not say: it is then used until it is refused. */
  readonly expiresAtEpochSeconds: EpochSeconds | undefined;
  readonly refreshToken: string | undefined;
  /** What was granted, else what was asked for. */
  readonly scopes: readonly string[];
  /** The private key that a DPoP token is bound to, as a JWK in JSON. */
  readonly dpopKey: string | undefined;
}

/** Which authorization server a server was signed in at. */
export interface ServerBinding {
  readonly issuer: Issuer;
  readonly resource: ResourceIdentifier;
  /** Whether that was by the fallback of 2025-03-26. */
  readonly isLegacy: boolean;
}

const AUTH_METHODS: readonly string[] = ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'];

/** The record of a registration. */
export function registrationRecord(registration: Registration): JsonObject {
  return {
    issuer: registration.issuer,
    client_id: registration.clientId,
    client_secret: registration.clientSecret,
    token_endpoint_auth_method: registration.authMethod,
    redirect_uris: registration.redirectUris,
    client_secret_expires_at: registration.secretExpiresAtEpochSeconds,
    is_disowned_wrongly: registration.isDisownedWrongly,
    grant_types: registration.grantTypes,
  };
}

/** Undefined where the record is none of `issuer`: whoever lost track of where it came from must not send it anywhere. */
export function parseRegistrationRecord(record: JsonObject | undefined, issuer: Issuer): Registration | undefined {
  if (record === undefined || textMember(record, 'issuer') !== issuer) return undefined;
  const clientId = textMember(record, 'client_id');
  const authMethod = textMember(record, 'token_endpoint_auth_method');
  if (clientId === undefined || authMethod === undefined || !AUTH_METHODS.includes(authMethod)) return undefined;
  return {
    issuer,
    clientId,
    clientSecret: textMember(record, 'client_secret'),
    authMethod: authMethod as ClientAuthMethod,
    redirectUris: textListMember(record, 'redirect_uris') ?? [],
    secretExpiresAtEpochSeconds: epochMember(record, 'client_secret_expires_at'),
    ...(record['is_disowned_wrongly'] === true ? { isDisownedWrongly: true } : {}),
    grantTypes: textListMember(record, 'grant_types'),
  };
}

/** The record of several registrations, newest first: the first as it is, so that a reader of one reads that. */
export function registrationsRecord([first, ...others]: readonly [Registration, ...Registration[]]): JsonObject {
  return { ...registrationRecord(first), others: others.map(registrationRecord) };
}

/** Newest first. Those that are none of `issuer` are left out, for the reason of {@link parseRegistrationRecord}. */
export function parseRegistrationsRecord(record: JsonObject | undefined, issuer: Issuer): readonly Registration[] {
  const others = record?.['others'];
  const all = [record, ...(Array.isArray(others) ? others.map(objectOf) : [])];
  return all.flatMap((one) => parseRegistrationRecord(one, issuer) ?? []);
}

function objectOf(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
}

/** The record of tokens. */
export function tokenRecord(tokens: TokenSet): JsonObject {
  return {
    issuer: tokens.issuer,
    resource: tokens.resource,
    is_legacy: tokens.isLegacy,
    client_id: tokens.clientId,
    client: tokens.client === undefined ? undefined : tokenClientRecord(tokens.client),
    access_token: tokens.accessToken,
    token_type: tokens.tokenType,
    issued_at: tokens.issuedAtEpochSeconds,
    expires_at: tokens.expiresAtEpochSeconds,
    refresh_token: tokens.refreshToken,
    scope: tokens.scopes,
    dpop_key: tokens.dpopKey,
  };
}

/** Undefined where the record is none of that server. */
export function parseTokenRecord(
  record: JsonObject | undefined,
  { issuer, resource, isLegacy }: ServerBinding,
): TokenSet | undefined {
  if (record === undefined || textMember(record, 'issuer') !== issuer) return undefined;
  if (textMember(record, 'resource') !== resource || (record['is_legacy'] === true) !== isLegacy) return undefined;
  const clientId = textMember(record, 'client_id');
  const accessToken = textMember(record, 'access_token');
  const tokenType = textMember(record, 'token_type');
  if (clientId === undefined || accessToken === undefined) return undefined;
  if (tokenType !== 'Bearer' && tokenType !== 'DPoP') return undefined;
  const dpopKey = textMember(record, 'dpop_key');
  if (tokenType === 'DPoP' && dpopKey === undefined) return undefined;
  return {
    issuer,
    resource,
    isLegacy,
    clientId,
    client: parseTokenClient(objectOf(record['client'])),
    accessToken,
    tokenType,
    issuedAtEpochSeconds: epochMember(record, 'issued_at') ?? 0,
    expiresAtEpochSeconds: epochMember(record, 'expires_at'),
    refreshToken: textMember(record, 'refresh_token'),
    scopes: textListMember(record, 'scope') ?? [],
    dpopKey,
  };
}

function tokenClientRecord(client: TokenClient): JsonObject {
  return {
    self_registered: client.isSelfRegistered,
    token_endpoint_auth_method: client.authMethod,
    client_secret: client.clientSecret,
    client_secret_expires_at: client.secretExpiresAtEpochSeconds,
  };
}

function parseTokenClient(record: JsonObject | undefined): TokenClient | undefined {
  const authMethod = record === undefined ? undefined : textMember(record, 'token_endpoint_auth_method');
  if (record === undefined || authMethod === undefined || !AUTH_METHODS.includes(authMethod)) return undefined;
  return {
    isSelfRegistered: record['self_registered'] === true,
    authMethod: authMethod as ClientAuthMethod,
    clientSecret: textMember(record, 'client_secret'),
    secretExpiresAtEpochSeconds: epochMember(record, 'client_secret_expires_at'),
  };
}

/** The record of a binding. */
export function bindingRecord({ issuer, resource, isLegacy }: ServerBinding): JsonObject {
  return { issuer, resource, is_legacy: isLegacy };
}

/** Undefined where it is none. */
export function parseBindingRecord(record: JsonObject | undefined): ServerBinding | undefined {
  if (record === undefined) return undefined;
  const issuer = textMember(record, 'issuer');
  const resource = textMember(record, 'resource');
  if (issuer === undefined || resource === undefined) return undefined;
  return { issuer, resource, isLegacy: record['is_legacy'] === true };
}

/** Whether both are of the same authorization server, found in the same way, and of the same resource. */
export function isSamePlace(one: ServerBinding, other: ServerBinding): boolean {
  return one.issuer === other.issuer && one.resource === other.resource && one.isLegacy === other.isLegacy;
}

/** A time; undefined where it is none. */
export function epochMember(record: JsonObject, name: string): EpochSeconds | undefined {
  const value = record[name];
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}
