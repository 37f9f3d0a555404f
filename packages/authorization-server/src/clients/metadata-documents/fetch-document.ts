import type { Platform, UntrustedFetch, UntrustedFetchFailure, UntrustedResponse } from '@portcullis/ports';
import { type EpochSeconds, fail, isJsonMediaType, type Result, succeed } from '@portcullis/protocol';
import {
  type ClientIdMetadataDocumentFailure,
  parseClientIdMetadataDocument,
} from '@portcullis/protocol/client-metadata';
import type { Settings } from '../../settings.js';
import { createDocumentClient, type DocumentClient, renewDocumentClient } from './document-client.js';
import { METADATA_DOCUMENT_LIMITS } from './document-limits.js';
import { readHttpFreshness } from './http-freshness.js';

/** For a host that does not say how long its document stays fresh. */
const DEFAULT_LIFETIME_SECONDS = 300;

/** Why there is no document. For the trail: told to a stranger, the difference between them is a port scanner. */
export interface DocumentRefusal {
  readonly reason:
    | UntrustedFetchFailure
    | ClientIdMetadataDocumentFailure
    | 'document_status_not_200'
    | 'document_media_type';
  /** The code of the error behind it, where there is one. */
  readonly detail?: string;
  /** Where there was an answer. */
  readonly httpStatus?: number;
}

const PASSING_REASONS: ReadonlySet<DocumentRefusal['reason']> = new Set([
  'busy',
  'interrupted',
  'name_not_resolved',
  'not_connected',
  'timed_out',
  'tls_failed',
]);

/** Whether a host is down or overloaded, as opposed to one that has no such document. */
export function isPassing({ reason, httpStatus = 200 }: DocumentRefusal): boolean {
  return PASSING_REASONS.has(reason) || httpStatus >= 500 || httpStatus === 408 || httpStatus === 429;
}

/** A document as it came, and whether it may be held on to. */
export interface FetchedDocument {
  readonly client: DocumentClient;
  readonly mayBeKept: boolean;
}

/**
 * Fetches a client's document (draft-ietf-oauth-client-id-metadata-document, "Client Information Discovery"): 200 and
 * JSON, nothing else; at most 5 KiB and 5 seconds; no redirect.
 *
 * @param known - what is held of it already and was read by the same rules: asked for anew only where it changed
 */
export async function fetchDocument(
  ports: { readonly platform: Platform; readonly untrustedFetch: UntrustedFetch },
  settings: Pick<Settings, 'tenantId' | 'redirectSchemes'>,
  clientId: string,
  known: DocumentClient | undefined,
): Promise<Result<FetchedDocument, DocumentRefusal>> {
  // Before it is asked for: what a slow answer says is no fresher for that.
  const now = ports.platform.clock.nowEpochSeconds();
  const entityTag = known?.document.entityTag;
  const answered = await ports.untrustedFetch({
    url: clientId,
    headers: {
      accept: 'application/json',
      ...(entityTag === undefined ? {} : { 'if-none-match': entityTag }),
    },
    ...METADATA_DOCUMENT_LIMITS,
  });
  if (!answered.ok) {
    const { failure: reason, detail } = answered;
    return fail(detail === undefined ? { reason } : { reason, detail });
  }
  const response = answered.value;
  if (response.status === 304 && known !== undefined && entityTag !== undefined) {
    return succeed(renew(known, response, now));
  }
  const refuse = (reason: DocumentRefusal['reason']) => fail({ reason, httpStatus: response.status });
  if (response.status !== 200) return refuse('document_status_not_200');
  if (!isJsonMediaType(response.headers.get('content-type'))) return refuse('document_media_type');
  const document = parseClientIdMetadataDocument(response.body, clientId, settings.redirectSchemes);
  if (!document.ok) return refuse(document.failure);

  const { mayBeKept, lifetimeSeconds = DEFAULT_LIFETIME_SECONDS } = readHttpFreshness(response.headers, now);
  const facts = {
    tenantId: settings.tenantId,
    clientId,
    fetchedAtEpochSeconds: now,
    freshUntilEpochSeconds: now + lifetimeSeconds,
    entityTag: mayBeKept ? readEntityTag(response.headers) : undefined,
  };
  return succeed({ client: createDocumentClient(document.value, facts, ports.platform.hash), mayBeKept });
}

/** RFC 9111 §4.3.4: what a 304 does not say stays as it was. */
function renew(known: DocumentClient, response: UntrustedResponse, now: EpochSeconds): FetchedDocument {
  const { freshUntilEpochSeconds, fetchedAtEpochSeconds } = known.document;
  const { mayBeKept, lifetimeSeconds = freshUntilEpochSeconds - fetchedAtEpochSeconds } = readHttpFreshness(
    response.headers,
    now,
  );
  const times = { fetchedAtEpochSeconds: now, freshUntilEpochSeconds: now + lifetimeSeconds };
  return { client: renewDocumentClient(known, times), mayBeKept };
}

/** RFC 9110 §8.8.3, of a length that is worth keeping. */
function readEntityTag(headers: Headers): string | undefined {
  return /^(?:W\/)?"[\x21\x23-\x7e]{0,256}"$/.exec(headers.get('etag') ?? '')?.[0];
}
