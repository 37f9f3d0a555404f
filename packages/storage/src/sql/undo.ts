import type { TenantId } from '@portcullis/protocol';
import type { Transaction } from 'kysely';
import type { SqlAccess } from './access.js';
import type { Database } from './schema.js';

/** What takes a transaction back. Carries what its act answers. */
class Undone<Answer> extends Error {
  override readonly name = 'Undone';

  constructor(readonly answer: Answer) {
    super('The act lost after it had written something');
  }
}

/**
 * {@link SqlAccess.write} for an act that is decided by more than one row: where it holds the first and loses at a later
 * one, `undo` takes all of it back and is what the act answers. On SQLite that costs the acts beside it their common
 * transaction, so an act that loses at its first statement just returns.
 */
export async function writeOrUndo<Answer>(
  access: SqlAccess,
  tenantId: TenantId,
  work: (trx: Transaction<Database>, undo: (answer: Answer) => never) => Promise<Answer>,
): Promise<Answer> {
  try {
    return await access.write(tenantId, (trx) =>
      work(trx, (answer) => {
        throw new Undone(answer);
      }),
    );
  } catch (error) {
    if (error instanceof Undone) return error.answer as Answer;
    throw error;
  }
}
