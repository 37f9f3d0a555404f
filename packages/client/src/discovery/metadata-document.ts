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
  /** For a while it says nothing: a server error, 429, no answer in time. */
  | { readonly kind: 'down' }
  /** The address leads where the transport does not go. Nothing was sent. */
  | { readonly kind: 'refused' }
  /** Anything else: another status, no JSON object, too large. */
  | { readonly kind: 'unusable' };

const KINDS = { address_refused: 'refused', not_reached: 'down', timed_out: 'down', too_large: 'unusable' } as const;

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
  if (!answer.ok) return { kind: KINDS[answer.failure] };
  const { status, body } = answer.value;
  if (status === 404) return { kind: 'absent' };
  if (status >= 500 || status === 429) return { kind: 'down' };
  const document = status === 200 ? readJsonObject(body) : undefined;
  return document === undefined ? { kind: 'unusable' } : { kind: 'found', document };
}
