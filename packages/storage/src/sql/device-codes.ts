import {
  type DeviceApproval,
  type DeviceAuthorization,
  type DeviceCodeStore,
  type FoundDeviceAuthorization,
  POLL_SLACK_SECONDS,
  requireOwnGrant,
  SLOW_DOWN_SECONDS,
} from '@portcullis/ports';
import type { EpochSeconds, Sha256, TenantId } from '@portcullis/protocol';
import { type Selectable, sql, type Transaction } from 'kysely';
import { type SqlAccess, writeEvent } from './access.js';
import type { DeviceCodeTable } from './authorization-tables.js';
import { insertGrant, insertRefreshToken, noteClientUse } from './grant-rows.js';
import { readList, writeList } from './json-list.js';
import type { Database } from './schema.js';
import { statement } from './statement.js';
import { holdUser } from './user-rows.js';

/** One device code. */
interface DeviceCodeOf {
  readonly tenantId: TenantId;
  readonly deviceCodeHash: Sha256;
}

/** One device code, at a time. */
interface DeviceCodeAt extends DeviceCodeOf {
  readonly now: EpochSeconds;
}

/** As a literal: the index of pending user codes is found by it. */
const PENDING = sql.lit<'pending'>('pending');

const FIND = statement((db, { tenantId, deviceCodeHash }: DeviceCodeOf) =>
  db
    .selectFrom('device_codes')
    .selectAll()
    .where('tenant_id', '=', tenantId)
    .where('device_code_hash', '=', deviceCodeHash),
);

const FIND_BY_USER_CODE = statement(
  (db, { tenantId, userCodeHash, now }: { tenantId: TenantId; userCodeHash: Sha256; now: EpochSeconds }) =>
    db
      .selectFrom('device_codes')
      .selectAll()
      .where('tenant_id', '=', tenantId)
      .where('user_code_hash', '=', userCodeHash)
      .where('status', '=', PENDING)
      .where('expires_at', '>', now),
);

/** {@link DeviceCodeStore} on SQL. */
export function createDeviceCodeStore(access: SqlAccess): DeviceCodeStore {
  return {
    create(authorization) {
      return access.write(authorization.tenantId, async (trx) => {
        await freeUserCode(trx, authorization);
        const created = await trx
          .insertInto('device_codes')
          .values(toRow(authorization))
          .onConflict((conflict) =>
            conflict.columns(['tenant_id', 'user_code_hash']).where('status', '=', PENDING).doNothing(),
          )
          .returning('device_code_hash')
          .executeTakeFirst();
        return created === undefined ? 'taken' : 'created';
      });
    },

    async findByUserCode(tenantId, userCodeHash, now) {
      const [row] = await access.read(tenantId, (db) => FIND_BY_USER_CODE(db, { tenantId, userCodeHash, now }));
      return row && toFound(row);
    },

    async find(tenantId, deviceCodeHash) {
      const [row] = await access.read(tenantId, (db) => FIND(db, { tenantId, deviceCodeHash }));
      return row && toFound(row);
    },

    poll(tenantId, deviceCodeHash, now) {
      return access.write(tenantId, async (trx) => {
        const noted = await NOTE_POLL(trx, { tenantId, deviceCodeHash, now });
        if (noted.length > 0) return 'noted';
        const slowed = await SLOW_DOWN(trx, { tenantId, deviceCodeHash, now });
        return slowed.length > 0 ? 'too_fast' : 'noted';
      });
    },

    redeem(tenantId, deviceCodeHash, grant, refreshToken, now, markLifetimeSeconds, event) {
      return access.write(tenantId, async (trx) => {
        const [approved] = await FIND_APPROVAL(trx, { tenantId, deviceCodeHash });
        if (approved === undefined || approved.subject === null) return 'refused';
        requireOwnGrant(tenantId, { grantId: approved.grant_id }, grant, refreshToken);
        if (!(await holdUser(trx, tenantId, approved.subject))) return 'refused';
        const claimed = await CLAIM(trx, { tenantId, deviceCodeHash, now });
        if (claimed.length === 0) return 'refused';
        await insertGrant(trx, grant, now, markLifetimeSeconds);
        if (refreshToken !== undefined) await insertRefreshToken(trx, tenantId, refreshToken);
        await noteClientUse(trx, tenantId, approved.client_id, now);
        await writeEvent(trx, event);
        return 'redeemed';
      });
    },
  };
}

/** Lets a pending, live device code have its tokens, in the transaction of the act that approves it: the one statement that
 * decides. False where it is not pending, has expired, or is gone. */
export async function approveDeviceCode(
  trx: Transaction<Database>,
  { tenantId, deviceCodeHash, now }: DeviceCodeAt,
  approval: DeviceApproval,
): Promise<boolean> {
  const approved = await trx
    .updateTable('device_codes')
    .set({
      status: 'approved',
      subject: approval.subject,
      approved_scopes: writeList(approval.scopes),
      authenticated_at: approval.authenticatedAtEpochSeconds,
      grant_id: approval.grantId,
    })
    .where('tenant_id', '=', tenantId)
    .where('device_code_hash', '=', deviceCodeHash)
    .where('status', '=', 'pending')
    .where('expires_at', '>', now)
    .returning('device_code_hash')
    .executeTakeFirst();
  return approved !== undefined;
}

/** Denies a pending, live device code, in the transaction of the act that denies it. False where there is nothing to deny. */
export async function denyDeviceCode(
  trx: Transaction<Database>,
  { tenantId, deviceCodeHash, now }: DeviceCodeAt,
): Promise<boolean> {
  const denied = await trx
    .updateTable('device_codes')
    .set({ status: 'denied' })
    .where('tenant_id', '=', tenantId)
    .where('device_code_hash', '=', deviceCodeHash)
    .where('status', '=', 'pending')
    .where('expires_at', '>', now)
    .returning('device_code_hash')
    .executeTakeFirst();
  return denied !== undefined;
}

/** Whether there is still something to decide about a device code, as of now: only the statement that decides knows. */
export async function isDeviceCodePending(trx: Transaction<Database>, code: DeviceCodeAt): Promise<boolean> {
  const [row] = await FIND(trx, code);
  return row?.status === 'pending' && row.expires_at > code.now;
}

/** Whether a device has tokens by this user, or gets them when it asks next. */
export async function isDeviceCodeApproved(
  trx: Transaction<Database>,
  code: DeviceCodeAt,
  subject: string,
): Promise<boolean> {
  const [row] = await FIND(trx, code);
  return (row?.status === 'approved' || row?.status === 'redeemed') && row.subject === subject;
}

/** A user code that has expired may be given out again; the row that had it stays, for the device that still polls. */
async function freeUserCode(trx: Transaction<Database>, authorization: DeviceAuthorization): Promise<void> {
  await trx
    .updateTable('device_codes')
    .set({ status: 'expired' })
    .where('tenant_id', '=', authorization.tenantId)
    .where('user_code_hash', '=', authorization.userCodeHash)
    .where('status', '=', PENDING)
    .where('expires_at', '<=', authorization.createdAtEpochSeconds)
    .execute();
}

const SOONEST_POLL = sql`polled_at + pace_seconds - ${sql.lit(POLL_SLACK_SECONDS)}`;

/** The one statement that decides whether a device may have asked. */
const NOTE_POLL = statement((db, { tenantId, deviceCodeHash, now }: DeviceCodeAt) =>
  db
    .updateTable('device_codes')
    .set({ polled_at: now })
    .where('tenant_id', '=', tenantId)
    .where('device_code_hash', '=', deviceCodeHash)
    .where((eb) => eb.or([eb('polled_at', 'is', null), eb(SOONEST_POLL, '<=', now)]))
    .returning('device_code_hash'),
);

const SLOW_DOWN = statement((db, { tenantId, deviceCodeHash, now }: DeviceCodeAt) =>
  db
    .updateTable('device_codes')
    .set((eb) => ({ polled_at: now, pace_seconds: eb('pace_seconds', '+', SLOW_DOWN_SECONDS) }))
    .where('tenant_id', '=', tenantId)
    .where('device_code_hash', '=', deviceCodeHash)
    .returning('device_code_hash'),
);

/** What never changes of a device code once it is approved. */
const FIND_APPROVAL = statement((db, { tenantId, deviceCodeHash }: DeviceCodeOf) =>
  db
    .selectFrom('device_codes')
    .select(['client_id', 'subject', 'grant_id'])
    .where('tenant_id', '=', tenantId)
    .where('device_code_hash', '=', deviceCodeHash),
);

/** The one statement that decides who redeems. */
const CLAIM = statement((db, { tenantId, deviceCodeHash, now }: DeviceCodeAt) =>
  db
    .updateTable('device_codes')
    .set({ status: 'redeemed' })
    .where('tenant_id', '=', tenantId)
    .where('device_code_hash', '=', deviceCodeHash)
    .where('status', '=', 'approved')
    .where('expires_at', '>', now)
    .returning('device_code_hash'),
);

function toRow(authorization: DeviceAuthorization): DeviceCodeTable {
  return {
    tenant_id: authorization.tenantId,
    device_code_hash: authorization.deviceCodeHash,
    user_code_hash: authorization.userCodeHash,
    client_id: authorization.clientId,
    client_auth_method: authorization.clientAuthMethod,
    resource: authorization.resource,
    requested_scopes: writeList(authorization.requestedScopes),
    created_at: authorization.createdAtEpochSeconds,
    expires_at: authorization.expiresAtEpochSeconds,
    interval_seconds: authorization.intervalSeconds,
    pace_seconds: authorization.intervalSeconds,
    polled_at: null,
    status: 'pending',
    subject: null,
    approved_scopes: null,
    authenticated_at: null,
    grant_id: null,
  };
}

function toFound(row: Selectable<DeviceCodeTable>): FoundDeviceAuthorization {
  return {
    tenantId: row.tenant_id,
    deviceCodeHash: row.device_code_hash,
    userCodeHash: row.user_code_hash,
    clientId: row.client_id,
    clientAuthMethod: row.client_auth_method,
    resource: row.resource,
    requestedScopes: readList(row.requested_scopes),
    createdAtEpochSeconds: row.created_at,
    expiresAtEpochSeconds: row.expires_at,
    intervalSeconds: row.interval_seconds,
    status: row.status === 'expired' ? 'pending' : row.status,
    approval: toApproval(row),
  };
}

function toApproval(row: Selectable<DeviceCodeTable>): DeviceApproval | undefined {
  const { subject, approved_scopes: scopes, authenticated_at: authenticatedAt, grant_id: grantId } = row;
  if (subject === null || scopes === null || authenticatedAt === null || grantId === null) return undefined;
  return { subject, scopes: readList(scopes), authenticatedAtEpochSeconds: authenticatedAt, grantId };
}
