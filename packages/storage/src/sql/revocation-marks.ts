import {
  type Revocable,
  type Revocation,
  type RevocationMark,
  type RevocationMarkStore,
  timesOfMark,
} from '@portcullis/ports';
import type { EpochSeconds, TenantId } from '@portcullis/protocol';
import type { ExpressionBuilder, Kysely, Transaction } from 'kysely';
import type { SqlAccess } from './access.js';
import type { Database, RevocationMarkTable } from './schema.js';
import { takeTurn } from './turns.js';

/** {@link RevocationMarkStore} on SQL. */
export function createRevocationMarkStore(access: SqlAccess): RevocationMarkStore {
  return {
    async after(tenantId, last, now) {
      const rows = await access.read(tenantId, (db) =>
        db
          .selectFrom('revocation_marks')
          .selectAll()
          .where('tenant_id', '=', tenantId)
          .where('sequence', '>', (eb) =>
            last === 0 ? eb.lit(0) : eb.fn.coalesce(sequenceOf(eb, tenantId, last), eb.lit(0)),
          )
          .where('expires_at', '>', now)
          .orderBy('sequence')
          .execute(),
      );
      return rows.map((row) => ({
        sequence: row.sequence,
        tenantId: row.tenant_id,
        kind: row.kind,
        value: row.value,
        notBeforeEpochSeconds: row.not_before,
        expiresAtEpochSeconds: row.expires_at,
      }));
    },
    async covers(tenantId, revocables, issuedAt, now) {
      if (revocables.length === 0) return false;
      const mark = await access.read(tenantId, (db) =>
        db
          .selectFrom('revocation_marks')
          .select('sequence')
          .where('tenant_id', '=', tenantId)
          .where('expires_at', '>', now)
          .where('not_before', '>=', issuedAt)
          .where((eb) => eb.or(revocables.map(({ kind, value }) => eb.and({ kind, value }))))
          .limit(1)
          .executeTakeFirst(),
      );
      return mark !== undefined;
    },
  };
}

/** The number of a mark, if it is there as it was, alive or not. A number alone says nothing where a tail was lost. */
function sequenceOf(eb: ExpressionBuilder<Database, 'revocation_marks'>, tenantId: TenantId, mark: RevocationMark) {
  return eb
    .selectFrom('revocation_marks as last')
    .select('last.sequence')
    .where('last.tenant_id', '=', tenantId)
    .where('last.sequence', '=', mark.sequence)
    .where('last.kind', '=', mark.kind)
    .where('last.value', '=', mark.value)
    .where('last.not_before', '=', mark.notBeforeEpochSeconds)
    .where('last.expires_at', '=', mark.expiresAtEpochSeconds);
}

/** Whether there is a live mark of exactly this. */
export async function isMarked(
  db: Kysely<Database>,
  tenantId: TenantId,
  { kind, value }: Revocable,
  now: EpochSeconds,
): Promise<boolean> {
  const mark = await db
    .selectFrom('revocation_marks')
    .select('sequence')
    .where('tenant_id', '=', tenantId)
    .where('kind', '=', kind)
    .where('value', '=', value)
    .where('expires_at', '>', now)
    .limit(1)
    .executeTakeFirst();
  return mark !== undefined;
}

/** Rows of one statement: databases bound the parameters of one. */
const MARKS_OF_ONE_STATEMENT = 500;

/**
 * Writes marks, in their order, in the transaction of the act that revokes. {@link timesOfMark} says what each kills.
 * Their numbers are drawn last of all that the act does, so that it holds up other revocations for a moment only.
 */
export async function writeMarks(
  trx: Transaction<Database>,
  tenantId: TenantId,
  revoked: readonly Revocable[],
  revocation: Revocation,
): Promise<void> {
  if (revoked.length === 0) return;
  const last = await takeTurn(trx, tenantId, 'revocation_marks', revoked.length);
  await insertMarks(trx, tenantId, revoked, last - revoked.length + 1, revocation);
}

/** Stores marks under the numbers from `first` on, which `takeTurn` gave. */
export async function insertMarks(
  trx: Transaction<Database>,
  tenantId: TenantId,
  revoked: readonly Revocable[],
  first: number,
  revocation: Revocation,
): Promise<void> {
  const toRow = ({ kind, value }: Revocable, sequence: number): RevocationMarkTable => {
    const { notBeforeEpochSeconds, expiresAtEpochSeconds } = timesOfMark({ kind, value }, revocation);
    const times = { not_before: notBeforeEpochSeconds, expires_at: expiresAtEpochSeconds };
    return { tenant_id: tenantId, sequence, kind, value, ...times };
  };
  for (let start = 0; start < revoked.length; start += MARKS_OF_ONE_STATEMENT) {
    const some = revoked.slice(start, start + MARKS_OF_ONE_STATEMENT);
    await trx
      .insertInto('revocation_marks')
      .values(some.map((one, index) => toRow(one, first + start + index)))
      .execute();
  }
}
