import type { UntrustedFetchLimits } from '@portcullis/ports';

/** What a document may cost: the draft's recommendation, and what a person waits for a page at most. */
export const METADATA_DOCUMENT_LIMITS: UntrustedFetchLimits = { maxBytes: 5 * 1024, timeoutMilliseconds: 5000 };
