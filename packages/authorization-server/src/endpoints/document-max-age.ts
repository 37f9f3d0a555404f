/** How long a document may be kept, in seconds. A new signing key is published for longer than that before it signs. */
export const DOCUMENT_MAX_AGE_SECONDS = 300;
