/**
 * Whether a `Content-Type` value names exactly `mediaType`, with no parameter but an optional `charset=utf-8`
 * (RFC 9110 §8.3). Anything looser lets two readers of one body disagree.
 */
export function isMediaType(contentType: string | null, mediaType: string): boolean {
  if (contentType === null) return false;
  const parts = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+\/[!#$%&'*+\-.^_`|~0-9A-Za-z]+) *(?:; *charset=("?)utf-8\2)?$/i.exec(
    contentType,
  );
  return parts?.[1]?.toLowerCase() === mediaType;
}

/** The media type of OAuth requests (RFC 6749 appendix B). */
export const FORM_MEDIA_TYPE = 'application/x-www-form-urlencoded';

/** The media type of JSON (RFC 8259 §11). */
export const JSON_MEDIA_TYPE = 'application/json';
