import type { EpochSeconds, Sha256, TenantId } from '@portcullis/protocol';
import type { AuditEvent } from '../audit.js';
import type { DisabledAssertionIssuer } from '../stores/assertion-issuers.js';
import type { AuthorizationCode } from '../stores/authorization-codes.js';
import type { AuthorizationTransaction } from '../stores/authorization-transactions.js';
import type { ClientApproval } from '../stores/client-approvals.js';
import type { Client } from '../stores/clients.js';
import type { Consent } from '../stores/consents.js';
import type { FoundDeviceAuthorization } from '../stores/device-codes.js';
import type { Grant, StoredRefreshToken } from '../stores/grants.js';
import type { FoundPushedRequest } from '../stores/pushed-requests.js';
import type { ResourceServer } from '../stores/resource-servers.js';
import { type Revocation, type RevocationKind, type RevocationMark, timesOfMark } from '../stores/revocation-marks.js';
import type { SignInSession } from '../stores/sign-in-sessions.js';
import type { StoredSigningKey } from '../stores/signing-keys.js';
import type { User } from '../stores/users.js';
import { TenantTable } from './tenant-table.js';

/** A client, and when a grant of it was last made or used; undefined until its first one. */
export interface ClientRow {
  readonly client: Client;
  readonly usedAtEpochSeconds: EpochSeconds | undefined;
}

/** A transaction, and the response it ended with. */
export interface TransactionRow {
  readonly transaction: AuthorizationTransaction;
  readonly sealedResponse: string | undefined;
}

/** A code, and whether it was redeemed. */
export interface CodeRow {
  readonly code: AuthorizationCode;
  readonly redeemed: boolean;
}

/** A device code, when it was last asked for, and how long its device has to wait between two polls. */
export interface DeviceCodeRow extends FoundDeviceAuthorization {
  readonly polledAt: EpochSeconds | undefined;
  readonly pace: number;
}

/** A grant, whether it was revoked, and when its last access token is dead. */
export interface GrantRow {
  readonly grant: Grant;
  readonly revoked: boolean;
  readonly keptUntilEpochSeconds: EpochSeconds;
  readonly lastUsedAtEpochSeconds: EpochSeconds;
}

/** A refresh token and what became of it. */
export interface RefreshTokenRow {
  readonly refreshToken: StoredRefreshToken;
  readonly predecessorHash: Sha256 | undefined;
  readonly rotatedAtEpochSeconds: EpochSeconds | undefined;
  /** Forgotten at the first use of the successor: the grace ends there. */
  readonly successorSalt: string | undefined;
}

/** Everything the reference adapter holds. One JavaScript thread runs each act to its end: acts must not await. */
export interface MemoryState {
  readonly clients: TenantTable<ClientRow>;
  readonly clientApprovals: TenantTable<ClientApproval>;
  /** By the key of their resource. */
  readonly resourceServers: TenantTable<ResourceServer>;
  /** By subject. */
  readonly users: TenantTable<User>;
  readonly signInSessions: TenantTable<SignInSession>;
  readonly transactions: TenantTable<TransactionRow>;
  readonly pushedRequests: TenantTable<FoundPushedRequest>;
  readonly codes: TenantTable<CodeRow>;
  readonly deviceCodes: TenantTable<DeviceCodeRow>;
  readonly grants: TenantTable<GrantRow>;
  /** By subject, client and resource; see `consentKey`. */
  readonly consents: TenantTable<Consent>;
  /** When each used id may be used again. */
  readonly oneTimeIds: TenantTable<EpochSeconds>;
  /** By issuer. */
  readonly disabledAssertionIssuers: TenantTable<DisabledAssertionIssuer>;
  /** One row, which the store was last served as; see `noteIssuer`. */
  readonly servedIssuers: TenantTable<string>;
  readonly refreshTokens: TenantTable<RefreshTokenRow>;
  readonly signingKeys: TenantTable<StoredSigningKey>;
  readonly marks: RevocationMark[];
  lastMarkSequence: number;
  readonly events: AuditEvent[];
}

/** An empty store. */
export function createMemoryState(): MemoryState {
  return {
    clients: new TenantTable(),
    clientApprovals: new TenantTable(),
    resourceServers: new TenantTable(),
    users: new TenantTable(),
    signInSessions: new TenantTable(),
    transactions: new TenantTable(),
    pushedRequests: new TenantTable(),
    codes: new TenantTable(),
    deviceCodes: new TenantTable(),
    grants: new TenantTable(),
    consents: new TenantTable(),
    oneTimeIds: new TenantTable(),
    disabledAssertionIssuers: new TenantTable(),
    servedIssuers: new TenantTable(),
    refreshTokens: new TenantTable(),
    signingKeys: new TenantTable(),
    marks: [],
    lastMarkSequence: 0,
    events: [],
  };
}

/** Writes a mark, which outlives every access token it meets. */
export function addMark(
  state: MemoryState,
  tenantId: TenantId,
  kind: RevocationKind,
  value: string,
  now: EpochSeconds,
  markLifetimeSeconds: number,
): void {
  state.lastMarkSequence += 1;
  const times = timesOfMark({ kind, value }, { now, markLifetimeSeconds });
  state.marks.push({ sequence: state.lastMarkSequence, tenantId, kind, value, ...times });
}

/** Revokes a grant and marks it. False, and nothing done, where it is unknown or was revoked before. */
export function revokeGrant(
  state: MemoryState,
  tenantId: TenantId,
  grantId: string,
  now: EpochSeconds,
  markLifetimeSeconds: number,
): boolean {
  const row = state.grants.get(tenantId, grantId);
  if (row === undefined || row.revoked) return false;
  const keptUntilEpochSeconds = now + markLifetimeSeconds;
  state.grants.put(tenantId, grantId, { ...row, revoked: true, keptUntilEpochSeconds });
  addMark(state, tenantId, 'grant', grantId, now, markLifetimeSeconds);
  return true;
}

/** Where the consent of a user for a client at a resource is. None of the three holds a line break. */
export function consentKey(consent: Pick<Consent, 'subject' | 'clientId' | 'resource'>): string {
  return [consent.subject, consent.clientId, consent.resource].join('\n');
}

/** Ends what `isMeant` names: its open transactions, codes, device codes, consents and grants, the last with their marks. Answers
 * whether there was anything. */
export function endGrants(
  state: MemoryState,
  tenantId: TenantId,
  isMeant: (one: {
    readonly subject?: string | undefined;
    readonly clientId: string;
    readonly resource: string;
  }) => boolean,
  revocation: Revocation,
): boolean {
  let ended = state.transactions.deleteWhere(
    tenantId,
    ({ transaction }) => transaction.status === 'open' && isMeant(transaction),
  );
  ended += state.codes.deleteWhere(tenantId, ({ code }) => isMeant(code));
  ended += state.deviceCodes.deleteWhere(tenantId, (device) =>
    isMeant({ ...device, subject: device.approval?.subject }),
  );
  ended += state.consents.deleteWhere(tenantId, isMeant);
  for (const { grant } of state.grants.rows(tenantId)) {
    const { now, markLifetimeSeconds } = revocation;
    if (isMeant(grant) && revokeGrant(state, tenantId, grant.grantId, now, markLifetimeSeconds)) ended += 1;
  }
  return ended > 0;
}
