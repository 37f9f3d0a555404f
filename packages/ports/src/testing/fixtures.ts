import type { EpochSeconds, TenantId } from '@portcullis/protocol';
import type { AuditEvent, AuditEventType } from '../audit.js';
import type { ResourceDefinition } from '../resources.js';
import type { AuthorizationCode, RedemptionEvents } from '../stores/authorization-codes.js';
import type { RedirectAnswer, RequestedTransaction } from '../stores/authorization-transactions.js';
import type { Client, ClientDocument } from '../stores/clients.js';
import type { Consent } from '../stores/consents.js';
import type { Grant, RotationEvents, StoredRefreshToken } from '../stores/grants.js';
import type { IdentityAssertionUse } from '../stores/identity-assertions.js';
import type { PushedRequest } from '../stores/pushed-requests.js';
import type { ResourceServer } from '../stores/resource-servers.js';
import type { Revocation } from '../stores/revocation-marks.js';
import type { SignInSession } from '../stores/sign-in-sessions.js';
import type { StoredSigningKey } from '../stores/signing-keys.js';
import type { User } from '../stores/users.js';

/** The two tenants of every isolation test. */
export const TENANT_A: TenantId = 'a';
export const TENANT_B: TenantId = 'b';

/** When the tests take place. */
export const NOW: EpochSeconds = 1_800_000_000;

/** The longest access-token lifetime and the clock tolerance. */
export const MARK_LIFETIME_SECONDS = 630;

/** A revocation at {@link NOW}. */
export const REVOCATION: Revocation = { now: NOW, markLifetimeSeconds: MARK_LIFETIME_SECONDS };

/** The resource of every fixture. */
export const RESOURCE = 'https://gate.test/mcp';
const DAY = 86_400;

/** An event of `type`. */
export function event(type: AuditEventType, tenantId: TenantId = TENANT_A): AuditEvent {
  return { type, outcome: 'allowed', tenantId, occurredAtEpochSeconds: NOW };
}

/** The events of a redemption. */
export function redemptionEvents(tenantId: TenantId = TENANT_A): RedemptionEvents {
  return {
    redeemed: event('authorization_code.redeemed', tenantId),
    replayed: event('authorization_code.replayed', tenantId),
  };
}

/** The events of a rotation. */
export function rotationEvents(tenantId: TenantId = TENANT_A): RotationEvents {
  return {
    rotated: event('refresh_token.rotated', tenantId),
    repeated: event('refresh_token.repeated', tenantId),
    reused: event('refresh_token.reuse_detected', tenantId),
  };
}

/** A public client that registered itself. */
export function client(changes: Partial<Client> = {}): Client {
  return {
    tenantId: TENANT_A,
    clientId: 'client-1',
    source: 'dynamic',
    clientName: 'A client',
    redirectUris: ['http://127.0.0.1/callback'],
    tokenEndpointAuthMethod: 'none',
    clientSecretHash: undefined,
    jwks: undefined,
    jwksUri: undefined,
    grantTypes: ['authorization_code', 'refresh_token'],
    scopes: undefined,
    applicationType: 'native',
    clientUri: undefined,
    createdAtEpochSeconds: NOW,
    document: undefined,
    ...changes,
  };
}

/** A client that its document describes. */
export function documentedClient(changes: Partial<Client> = {}, document: Partial<ClientDocument> = {}): Client {
  return client({
    clientId: 'https://client.test/client.json',
    source: 'metadata_document',
    document: {
      fingerprint: 'fingerprint-1',
      fetchedAtEpochSeconds: NOW,
      freshUntilEpochSeconds: NOW + 300,
      entityTag: '"tag-1"',
      ...document,
    },
    ...changes,
  });
}

/** A resource server that the operator registered. */
export function resourceServer(changes: Partial<ResourceServer> = {}): ResourceServer {
  return {
    tenantId: TENANT_A,
    resourceServerId: 'resource-server-1',
    secretHash: 'hash-of-secret',
    resource: resourceDefinition(),
    createdAtEpochSeconds: NOW,
    ...changes,
  };
}

/** What a resource server serves. */
export function resourceDefinition(changes: Partial<ResourceDefinition> = {}): ResourceDefinition {
  return {
    identifier: RESOURCE,
    displayName: 'A server',
    scopes: [
      { name: 'notes', description: 'read and write notes', implies: ['notes:read'] },
      { name: 'notes:read', description: 'read notes' },
    ],
    defaultScopes: ['notes:read'],
    ...changes,
  };
}

/** Alice. */
export function user(changes: Partial<User> = {}): User {
  return {
    tenantId: TENANT_A,
    subject: 'subject-alice',
    username: 'alice',
    passwordHash: 'hash-of-alice',
    disabled: false,
    createdAtEpochSeconds: NOW,
    ...changes,
  };
}

/** Alice, signed in at one browser for half a day. */
export function signInSession(changes: Partial<SignInSession> = {}): SignInSession {
  return {
    tenantId: TENANT_A,
    sessionHash: 'session-1',
    subject: 'subject-alice',
    authenticatedAtEpochSeconds: NOW,
    lastSeenAtEpochSeconds: NOW,
    expiresAtEpochSeconds: NOW + 43_200,
    ...changes,
  };
}

/** A code for a loopback redirect. */
export function redirectAnswer(changes: Partial<RedirectAnswer> = {}): RedirectAnswer {
  return {
    kind: 'redirect',
    redirectUri: 'http://127.0.0.1/callback',
    state: 'state-1',
    codeChallenge: 'challenge-1',
    ...changes,
  };
}

/** A transaction of ten minutes. */
export function transaction(changes: Partial<RequestedTransaction> = {}): RequestedTransaction {
  return {
    tenantId: TENANT_A,
    transactionHash: 'transaction-1',
    browserHash: 'browser-1',
    clientId: 'client-1',
    answer: redirectAnswer(),
    resource: RESOURCE,
    requestedScopes: ['mcp:tools:read', 'mcp:tools:execute'],
    createdAtEpochSeconds: NOW,
    expiresAtEpochSeconds: NOW + 600,
    ...changes,
  };
}

/** A code of one minute, for Alice. */
export function authorizationCode(changes: Partial<AuthorizationCode> = {}): AuthorizationCode {
  return {
    tenantId: TENANT_A,
    codeHash: 'code-1',
    clientId: 'client-1',
    redirectUri: 'http://127.0.0.1/callback',
    codeChallenge: 'challenge-1',
    codeChallengeMethod: 'S256',
    resource: RESOURCE,
    scopes: ['mcp:tools:read'],
    subject: 'subject-alice',
    clientAuthMethod: 'none',
    authenticatedAtEpochSeconds: NOW,
    grantId: 'grant-1',
    issuedAtEpochSeconds: NOW,
    expiresAtEpochSeconds: NOW + 60,
    ...changes,
  };
}

/** The consent that is kept with {@link authorizationCode}. */
export function consent(changes: Partial<Consent> = {}): Consent {
  return {
    tenantId: TENANT_A,
    subject: 'subject-alice',
    clientId: 'client-1',
    resource: RESOURCE,
    scopes: ['mcp:tools:read'],
    documentFingerprint: undefined,
    clientDescription: undefined,
    grantedAtEpochSeconds: NOW,
    ...changes,
  };
}

/** The consent of the user whom a code is for. */
export function consentOf(code: AuthorizationCode, changes: Partial<Consent> = {}): Consent {
  const { tenantId, subject, clientId, resource, scopes, issuedAtEpochSeconds: grantedAtEpochSeconds } = code;
  return consent({ tenantId, subject, clientId, resource, scopes, grantedAtEpochSeconds, ...changes });
}

/** The grant that redeeming {@link authorizationCode} creates: 180 days. */
export function grant(changes: Partial<Grant> = {}): Grant {
  return {
    tenantId: TENANT_A,
    grantId: 'grant-1',
    subject: 'subject-alice',
    clientId: 'client-1',
    resource: RESOURCE,
    scopes: ['mcp:tools:read'],
    clientAuthMethod: 'none',
    authenticatedAtEpochSeconds: NOW - 60,
    createdAtEpochSeconds: NOW,
    expiresAtEpochSeconds: NOW + 180 * DAY,
    ...changes,
  };
}

/** The first refresh token of {@link grant}: 30 days idle. */
export function refreshToken(changes: Partial<StoredRefreshToken> = {}): StoredRefreshToken {
  return { tokenHash: 'refresh-1', grantId: 'grant-1', expiresAtEpochSeconds: NOW + 30 * DAY, ...changes };
}

/** A pushed request that a browser may begin with for a minute. */
export function pushedRequest(changes: Partial<PushedRequest> = {}): PushedRequest {
  return {
    tenantId: TENANT_A,
    requestHash: 'pushed-1',
    clientId: 'client-1',
    parameters: 'response_type=code&state=state-1',
    createdAtEpochSeconds: NOW,
    expiresAtEpochSeconds: NOW + 60,
    keptUntilEpochSeconds: NOW + 660,
    ...changes,
  };
}

/** An identity assertion of five minutes about Alice, who signs in elsewhere, and the grant of an hour that it yields. */
export function identityAssertionUse(changes: Partial<IdentityAssertionUse> = {}): IdentityAssertionUse {
  const { passwordHash: _, disabled: __, ...alice } = user();
  return {
    idHash: 'assertion-1',
    expiresAtEpochSeconds: NOW + 300,
    user: alice,
    admitsNewUsers: true,
    grant: grant({ expiresAtEpochSeconds: NOW + 3600 }),
    ...changes,
  };
}

/** A signing key. */
export function signingKey(changes: Partial<StoredSigningKey> = {}): StoredSigningKey {
  return {
    tenantId: TENANT_A,
    keyId: 'key-1',
    algorithm: 'ES256',
    publicJwk: '{"kty":"EC"}',
    keyReference: 'sealed',
    createdAtEpochSeconds: NOW,
    signsFromEpochSeconds: NOW,
    verifiesUntilEpochSeconds: undefined,
    ...changes,
  };
}

/** Texts that an adapter which builds statements from strings, or that folds or cuts them, gets wrong. */
export const HOSTILE_TEXTS: readonly string[] = [
  `'; DROP TABLE users; --`,
  '" OR ""="',
  '%_\\*?',
  '?1 $1 :a @b',
  '$.a[*]',
  'NUL\u0000behind',
  'line\nbreak\r\t',
  'Ω é e\u0301 \u202e 🏰',
  '',
];
