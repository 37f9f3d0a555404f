import { type Consent, type ConsentedDescription, type ConsentStore, consentedDescription } from '@portcullis/ports';
import type { Kysely, Selectable, Transaction } from 'kysely';
import type { SqlAccess } from './access.js';
import { readList, writeList } from './json-list.js';
import type { ConsentTable, Database } from './schema.js';
import { statement } from './statement.js';

/** {@link ConsentStore} on SQL. */
export function createConsentStore(access: SqlAccess): ConsentStore {
  return {
    async find(tenantId, subject, clientId, resource) {
      const of = { tenantId, subject, clientId, resource };
      const row = await access.read(tenantId, (db) => selectConsent(db, of).executeTakeFirst());
      return row && toConsent(row);
    },
    async listOfUser(tenantId, subject) {
      const rows = await access.read(tenantId, (db) =>
        db
          .selectFrom('consents')
          .selectAll()
          .where('tenant_id', '=', tenantId)
          .where('subject', '=', subject)
          .orderBy('client_id')
          .orderBy('resource')
          .execute(),
      );
      return rows.map(toConsent);
    },
  };
}

/**
 * Adds a consent to what the user allowed before, or puts it in place of that where it was given to another document.
 * The first statement holds the row and answers what it said, so of two that come at once neither loses a scope.
 */
export async function keepConsent(trx: Transaction<Database>, consent: Consent): Promise<void> {
  const scopes = [...new Set(consent.scopes)];
  const documentFingerprint = consent.documentFingerprint ?? null;
  const description = writeDescription(consent.clientDescription);
  const held = await trx
    .insertInto('consents')
    .values({
      tenant_id: consent.tenantId,
      subject: consent.subject,
      client_id: consent.clientId,
      resource: consent.resource,
      scopes: writeList(scopes),
      document_fingerprint: documentFingerprint,
      client_description: description,
      granted_at: consent.grantedAtEpochSeconds,
    })
    .onConflict((conflict) =>
      conflict
        .columns(['tenant_id', 'subject', 'client_id', 'resource'])
        .doUpdateSet((eb) => ({ granted_at: eb.ref('excluded.granted_at') })),
    )
    .returning(['scopes', 'document_fingerprint', 'client_description'])
    .executeTakeFirstOrThrow();

  const kept = held.document_fingerprint === documentFingerprint ? readList(held.scopes) : [];
  const all = writeList([...new Set([...kept, ...scopes])]);
  const isSameDescription =
    held.document_fingerprint === documentFingerprint && held.client_description === description;
  if (all === held.scopes && isSameDescription) return;
  await trx
    .updateTable('consents')
    .set({ scopes: all, document_fingerprint: documentFingerprint, client_description: description })
    .where('tenant_id', '=', consent.tenantId)
    .where('subject', '=', consent.subject)
    .where('client_id', '=', consent.clientId)
    .where('resource', '=', consent.resource)
    .execute();
}

/** What a user allows a client at a resource, and so it stays until this transaction ends: who takes it back waits, and then
 * finds what rests on it. Who rests on one does not wait for another who does. */
export async function holdConsent(
  trx: Transaction<Database>,
  { tenantId, subject, clientId, resource }: ConsentOf,
): Promise<Consent | undefined> {
  const [row] = await HOLD_CONSENT(trx, { tenantId, subject, clientId, resource });
  return row && toConsent(row);
}

/** Whose consent, for whom, where. */
type ConsentOf = Pick<Consent, 'tenantId' | 'subject' | 'clientId' | 'resource'>;

const HOLD_CONSENT = statement((db, of: ConsentOf) => selectConsent(db, of).forShare());

function selectConsent(db: Kysely<Database>, { tenantId, subject, clientId, resource }: ConsentOf) {
  return db
    .selectFrom('consents')
    .selectAll()
    .where('tenant_id', '=', tenantId)
    .where('subject', '=', subject)
    .where('client_id', '=', clientId)
    .where('resource', '=', resource);
}

function toConsent(row: Selectable<ConsentTable>): Consent {
  return {
    tenantId: row.tenant_id,
    subject: row.subject,
    clientId: row.client_id,
    resource: row.resource,
    scopes: readList(row.scopes),
    documentFingerprint: row.document_fingerprint ?? undefined,
    clientDescription: readDescription(row.client_description),
    grantedAtEpochSeconds: row.granted_at,
  };
}

function writeDescription(description: ConsentedDescription | undefined): string | null {
  return description === undefined ? null : JSON.stringify(consentedDescription(description));
}

/** Written by {@link writeDescription} alone; the schema's version changes where the form of a description does. Members that are
 * not there are undefined: JSON has no such value. */
function readDescription(text: string | null): ConsentedDescription | undefined {
  return text === null ? undefined : consentedDescription(JSON.parse(text) as ConsentedDescription);
}
