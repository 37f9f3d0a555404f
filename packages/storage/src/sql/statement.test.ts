import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kysely } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createSqliteDialect } from '../sqlite/dialect.js';
import { openDriver } from '../sqlite/driver.js';
import type { Database } from './schema.js';
import { statement } from './statement.js';

let directory: string;
let db: Kysely<Database>;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'portcullis-statement-'));
  const driver = await openDriver(join(directory, 'statements.db'), 1000);
  driver.exec('CREATE TABLE turns (tenant_id TEXT NOT NULL, name TEXT NOT NULL, turn INTEGER NOT NULL) STRICT');
  db = new Kysely<Database>({ dialect: createSqliteDialect(driver) });
});
afterAll(async () => {
  await db.destroy();
  rmSync(directory, { recursive: true });
});

type Turn = { tenantId: string; name: 'signing_keys'; turn: number };

const INSERT = statement((on, { tenantId, name, turn }: Turn) =>
  on.insertInto('turns').values({ tenant_id: tenantId, name, turn }),
);

it('runs with the values of each call, in a transaction as well, whatever order they are used in', async () => {
  let builds = 0;
  const raise = statement((on, { by, tenantId }: { by: number; tenantId: string }) => {
    builds += 1;
    return on
      .updateTable('turns')
      .set((eb) => ({ turn: eb('turn', '+', by) }))
      .where('tenant_id', '=', tenantId)
      .where('turn', '>', 0)
      .returning(['tenant_id', 'turn']);
  });
  await INSERT(db, { tenantId: 'one', name: 'signing_keys', turn: 1 });
  await INSERT(db, { turn: 10, name: 'signing_keys', tenantId: 'two' });
  expect(await raise(db, { tenantId: 'one', by: 1 })).toEqual([{ tenant_id: 'one', turn: 2 }]);
  const inTransaction = await db.transaction().execute((trx) => raise(trx, { tenantId: 'two', by: 5 }));
  expect(inTransaction).toEqual([{ tenant_id: 'two', turn: 15 }]);
  expect(await raise(db, { tenantId: 'nobody', by: 1 })).toEqual([]);
  expect(builds).toBe(1);
});

it('refuses what reckons with a value that is not there yet', async () => {
  const sum = statement((on, { turn }: { turn: number }) =>
    on
      .selectFrom('turns')
      .select('turn')
      .where('turn', '=', turn + 1),
  );
  await expect(sum(db, { turn: 1 })).rejects.toThrow('The value turn is not known while the statement is made');
  const text = statement((on, { name }: { name: { a: string } }) =>
    on.selectFrom('turns').select('turn').where('tenant_id', '=', JSON.stringify(name)),
  );
  await expect(text(db, { name: { a: 'b' } })).rejects.toThrow('The value name is not known');
});
