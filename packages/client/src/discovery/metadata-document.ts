import type { JsonObject } from '@portcullis/protocol';
import { readJsonObject } from '../http/json-object.js';
import type { Transport } from '../http/transport.js';

/** Bytes of a metadata document. */
const MAX_BYTES = 64 * 1024;
const TIMEOUT_MILLISECONDS = 10_000;

/** What stands at a metadata address. */
export type MetadataDocument =
  | { readonly kind: 'found'; readonly document: JsonObject }
  /** 404: there is none, and nothing speaks for another reading. */
  | { readonly kind: 'absent' }
  /** Anything else: another status, no JSON object, too large, not reached. */
  | { readonly kind: 'unusable'; readonly status: number | undefined };

/** Fetches a metadata document (RFC 8414 §3, RFC 9728 §3). Does not say whether it may be believed. */
export async function fetchMetadataDocument(transport: Transport, url: string): Promise<MetadataDocument> {
  const answer = await transport({
    url,
    method: 'GET',
    // Servers of the revision 2025-03-26 choose their metadata by this header.
    headers: { accept: 'application/json', 'mcp-protocol-version': '2025-11-25' },
    maxBytes: MAX_BYTES,
    timeoutMilliseconds: TIMEOUT_MILLISECONDS,
  });
  if (!answer.ok) return { kind: 'unusable', status: undefined };
  const { status, body } = answer.value;
  if (status === 404) return { kind: 'absent' };
  const document = status === 200 ? readJsonObject(body) : undefined;
  return document === undefined ? { kind: 'unusable', status } : { kind: 'found', document };
}
