/**
 * Whether a `Content-Type` value names exactly `mediaType`, with no parameter but an optional `charset=utf-8`
 * (RFC 9110 §8.3). Anything looser lets two readers of one body disagree.
 */
export function isMediaType(contentType: string | null, mediaType: string): boolean {
  return plainMediaType(contentType) === mediaType;
}

/** Whether a `Content-Type` value names JSON: `application/json`, or one with the suffix `+json` (RFC 6839 §3.1). */
export function isJsonMediaType(contentType: string | null): boolean {
  return /^application\/(?:json|[^/]+\+json)$/.test(plainMediaType(contentType) ?? '');
}

/** In lower case; undefined where it is malformed or has any parameter but `charset=utf-8`. */
function plainMediaType(contentType: string | null): string | undefined {
  const parts = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+\/[!#$%&'*+\-.^_`|~0-9A-Za-z]+) *(?:; *charset=("?)utf-8\2)?$/i.exec(
    contentType ?? '',
  );
  return parts?.[1]?.toLowerCase();
}

/** The media type of OAuth requests (RFC 6749 appendix B). */
export const FORM_MEDIA_TYPE = 'application/x-www-form-urlencoded';

/** The media type of JSON (RFC 8259 §11). */
export const JSON_MEDIA_TYPE = 'application/json';
