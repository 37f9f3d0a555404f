import type { BoundedFetch } from '@portcullis/ports';
import { isJsonMediaType, type JsonObject, type JsonValue, parseStrictJson } from '@portcullis/protocol';

/** How long an issuer has for one answer, to its last byte. */
export const TIMEOUT_MILLISECONDS = 10_000;

/**
 * Fetches a JSON object from an address of an issuer. Undefined for all else: another status than 200 (a redirect among
 * them), another media type, more than `maxBytes`, JSON that two parsers could read differently, no answer in 10 seconds.
 */
export async function fetchJsonObject(
  fetch: BoundedFetch,
  url: string,
  maxBytes: number,
): Promise<JsonObject | undefined> {
  try {
    const answer = await fetch({
      url,
      method: 'GET',
      headers: { accept: 'application/json, application/jwk-set+json' },
      maxBytes,
      timeoutMilliseconds: TIMEOUT_MILLISECONDS,
    });
    return answer.ok && answer.value.status === 200 ? readJsonAnswer(answer.value) : undefined;
  } catch {
    // A fetch that a host supplies may reject where it should not.
    return undefined;
  }
}

/** The JSON object an answer consists of, if it says that it is JSON. */
export function readJsonAnswer(answer: {
  readonly headers: Headers;
  readonly body: Uint8Array;
}): JsonObject | undefined {
  if (!isJsonMediaType(answer.headers.get('content-type'))) return undefined;
  const parsed = parseStrictJson(answer.body);
  return parsed.ok && isObject(parsed.value.value) ? parsed.value.value : undefined;
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
