import type { EpochSeconds, Sha256, TenantId } from '@portcullis/protocol';
import type { AuditEvent } from '../audit.js';
import type { AuthorizationCode } from '../stores/authorization-codes.js';
import type { AuthorizationTransaction } from '../stores/authorization-transactions.js';
import type { Client } from '../stores/clients.js';
import type { Grant, StoredRefreshToken } from '../stores/grants.js';
import type { RevocationKind, RevocationMark } from '../stores/revocation-marks.js';
import type { SignInSession } from '../stores/sign-in-sessions.js';
import type { StoredSigningKey } from '../stores/signing-keys.js';
import type { User } from '../stores/users.js';
import { TenantTable } from './tenant-table.js';

/** A client, and whether a code of it was ever redeemed. */
export interface ClientRow {
  readonly client: Client;
  readonly used: boolean;
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

/** A grant, whether it was revoked, and when its last access token is dead. */
export interface GrantRow {
  readonly grant: Grant;
  readonly revoked: boolean;
  readonly keptUntilEpochSeconds: EpochSeconds;
}

/** A refresh token and what became of it. */
export interface RefreshTokenRow {
  readonly refreshToken: StoredRefreshToken;
  readonly predecessorHash: Sha256 | undefined;
  readonly rotatedAtEpochSeconds: EpochSeconds | undefined;
  /** Forgotten at the first use of the successor: the grace ends there. */
  readonly sealedSuccessor: string | undefined;
}

/** Everything the reference adapter holds. One JavaScript thread runs each act to its end: acts must not await. */
export interface MemoryState {
  readonly clients: TenantTable<ClientRow>;
  /** By subject. */
  readonly users: TenantTable<User>;
  readonly signInSessions: TenantTable<SignInSession>;
  readonly transactions: TenantTable<TransactionRow>;
  readonly codes: TenantTable<CodeRow>;
  readonly grants: TenantTable<GrantRow>;
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
    users: new TenantTable(),
    signInSessions: new TenantTable(),
    transactions: new TenantTable(),
    codes: new TenantTable(),
    grants: new TenantTable(),
    refreshTokens: new TenantTable(),
    signingKeys: new TenantTable(),
    marks: [],
    lastMarkSequence: 0,
    events: [],
  };
}

/** Writes a mark that outlives every access token it could meet, and that each of them is older than. */
export function addMark(
  state: MemoryState,
  tenantId: TenantId,
  kind: RevocationKind,
  value: string,
  now: EpochSeconds,
  markLifetimeSeconds: number,
): void {
  state.lastMarkSequence += 1;
  const expiresAtEpochSeconds = now + markLifetimeSeconds;
  state.marks.push({
    sequence: state.lastMarkSequence,
    tenantId,
    kind,
    value,
    notBeforeEpochSeconds: expiresAtEpochSeconds,
    expiresAtEpochSeconds,
  });
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
