import type { BoundedFetch } from '@portcullis/ports';
import {
  fail,
  isJsonMediaType,
  type JsonObject,
  type JsonValue,
  parseStrictJson,
  type Result,
  succeed,
} from '@portcullis/protocol';
import type { IssuerFault } from './issuer-fault.js';

/** How long an issuer has for one answer, to its last byte. */
export const TIMEOUT_MILLISECONDS = 10_000;

/**
 * Fetches a JSON object from an address of an issuer. All else is a fault: another status than 200 (a redirect among them),
 * another media type, more than `maxBytes`, JSON that two parsers could read differently, no answer in 10 seconds.
 */
export async function fetchJsonObject(
  fetch: BoundedFetch,
  url: string,
  maxBytes: number,
): Promise<Result<JsonObject, IssuerFault>> {
  try {
    const answer = await fetch({
      url,
      method: 'GET',
      headers: { accept: 'application/json, application/jwk-set+json' },
      maxBytes,
      timeoutMilliseconds: TIMEOUT_MILLISECONDS,
    });
    if (!answer.ok) return fail({ reason: answer.failure, url });
    const { status } = answer.value;
    if (status !== 200) return fail({ reason: 'http_status', url, httpStatus: status });
    const document = readJsonAnswer(answer.value);
    return document === undefined ? fail({ reason: 'not_json', url }) : succeed(document);
  } catch {
    // A fetch that a host supplies may reject where it should not.
    return fail({ reason: 'not_reached', url });
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
