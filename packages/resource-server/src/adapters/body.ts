import { isMediaType, JSON_MEDIA_TYPE, type JsonValue } from '@portcullis/protocol';
import type { BodyRefusal } from '../resource/refusals.js';

/** Largest body that is read: what an MCP server takes. */
export const MAX_BODY_BYTES = 4 * 1024 * 1024;

/** A body as JSON, or why it is none that can be looked into. */
export type BodyReading =
  | { readonly ok: true; readonly value: JsonValue }
  | { readonly ok: false; readonly failure: BodyRefusal };

/**
 * Whether a body of this kind can be looked into: whoever behind the guard reads it otherwise would see another one.
 *
 * @param contentType - undefined or null without one
 */
export function checkBodyKind(
  contentType: string | null | undefined,
  contentEncoding: string | null | undefined,
): BodyRefusal | undefined {
  if (!isMediaType(contentType ?? null, JSON_MEDIA_TYPE)) return 'content_type_not_json';
  // An empty list of codings is none (RFC 9110 §8.4).
  if (typeof contentEncoding === 'string' && !/^(?:identity)?$/i.test(contentEncoding)) return 'content_encoding';
  return undefined;
}

/** Parses a body text. */
export function parseBody(text: string): BodyReading {
  try {
    return { ok: true, value: JSON.parse(text) as JsonValue };
  } catch {
    return { ok: false, failure: 'body_not_json' };
  }
}

/**
 * What a framework's own parser left: the value, or a text or bytes to be parsed as whoever comes next will. Of a body
 * that was not sent as JSON nothing is believed: some parsers leave an empty object where they did not look.
 */
export function readParsedBody(body: unknown, contentType: unknown): BodyReading {
  if (!isMediaType(typeof contentType === 'string' ? contentType : null, JSON_MEDIA_TYPE)) {
    return { ok: false, failure: 'content_type_not_json' };
  }
  if (typeof body === 'string') return parseBody(body);
  if (body instanceof Uint8Array) return parseBody(new TextDecoder().decode(body));
  return { ok: true, value: body as JsonValue };
}
