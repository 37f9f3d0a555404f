import { type JsonObject, type JsonValue, parseStrictJson } from '@portcullis/protocol';
import { readJsonObject, textMember } from '../http/json-object.js';
import { formatRecordKey, type RecordKey } from '../stores/client-store.js';
import type { StoreSealer } from './store-sealer.js';

/** What a file holds. */
export type StoredRecord =
  | { readonly kind: 'found'; readonly record: JsonObject }
  /** It is whole, and of another key than its name says. */
  | { readonly kind: 'misplaced' }
  /** It is no record, or does not open under the key that it was sealed with. */
  | { readonly kind: 'damaged' };

const VERSION = 1;

/**
 * A record as a file holds it: with its key, so that a file under a wrong name is not taken for another record, and sealed
 * where there is something to seal it with.
 *
 * @param name - the name of the file: what was sealed under one name opens under no other
 */
export async function formatStoredRecord(
  key: RecordKey,
  record: JsonObject,
  name: string,
  sealer: StoreSealer,
): Promise<string> {
  const content = { key: formatRecordKey(key), record };
  const sealed = await sealer.seal(JSON.stringify(content), name);
  return `${JSON.stringify({ version: VERSION, ...(sealed ?? content) })}\n`;
}

/**
 * Reads what {@link formatStoredRecord} wrote. A record that is not sealed is read with a sealer too: it was kept before
 * there was a key, and is sealed when it is next kept.
 *
 * @throws {OAuthClientError} `store_locked` where the key that it was sealed with is not there
 */
export async function parseStoredRecord(
  bytes: Uint8Array,
  key: RecordKey,
  name: string,
  sealer: StoreSealer,
): Promise<StoredRecord> {
  const stored = readJsonObject(bytes);
  if (stored?.['version'] !== VERSION) return { kind: 'damaged' };
  const sealed = textMember(stored, 'sealed');
  const content = sealed === undefined ? stored : await openSealed(sealed, stored, name, sealer);
  const record = content === undefined ? undefined : asObject(content['record']);
  const recordKey = content === undefined ? undefined : textMember(content, 'key');
  if (record === undefined || recordKey === undefined) return { kind: 'damaged' };
  return recordKey === formatRecordKey(key) ? { kind: 'found', record } : { kind: 'misplaced' };
}

async function openSealed(
  sealed: string,
  stored: JsonObject,
  name: string,
  sealer: StoreSealer,
): Promise<JsonObject | undefined> {
  const text = await sealer.open({ sealed, sealedWith: asObject(stored['sealedWith']) }, name);
  const parsed = text === undefined ? undefined : parseStrictJson(text);
  return parsed?.ok === true ? asObject(parsed.value.value) : undefined;
}

function asObject(value: JsonValue | undefined): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
}
