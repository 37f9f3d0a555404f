import type { TenantId } from '@portcullis/protocol';

/**
 * Rows of one kind, by tenant and key. There is no way to reach a row without naming its tenant.
 * Rows are replaced, never changed in place, so a row that was handed out stays as it was.
 */
export class TenantTable<Row> {
  readonly #tenants = new Map<TenantId, Map<string, Row>>();

  get(tenantId: TenantId, key: string): Row | undefined {
    return this.#tenants.get(tenantId)?.get(key);
  }

  /** @throws when the key is taken, as a primary key does. An act with several inserts asks before the first one. */
  requireFree(tenantId: TenantId, key: string): void {
    if (this.get(tenantId, key) !== undefined) throw new Error('A row with this key exists');
  }

  /** @throws when the key is taken. */
  insert(tenantId: TenantId, key: string, row: Row): void {
    this.requireFree(tenantId, key);
    this.put(tenantId, key, row);
  }

  /** Inserts or replaces. */
  put(tenantId: TenantId, key: string, row: Row): void {
    const rows = this.#tenants.get(tenantId) ?? new Map<string, Row>();
    this.#tenants.set(tenantId, rows);
    rows.set(key, row);
  }

  /** The rows of one tenant, in the order they were inserted. */
  rows(tenantId: TenantId): readonly Row[] {
    return [...(this.#tenants.get(tenantId)?.values() ?? [])];
  }

  /** Deletes the rows of one tenant that `isDead` names, and returns how many. */
  deleteWhere(tenantId: TenantId, isDead: (row: Row) => boolean): number {
    const rows = this.#tenants.get(tenantId);
    if (rows === undefined) return 0;
    const before = rows.size;
    for (const [key, row] of rows) if (isDead(row)) rows.delete(key);
    return before - rows.size;
  }
}
