import type { JsonObject, JsonValue } from '@portcullis/protocol';
import { encodeHeaderValue } from '../mcp/message-headers.js';
import { RequestFailure } from '../mcp/request-failure.js';
import type { MarkedParameter } from './marked-parameters.js';

/** Longest headers of one call, names and values together, in characters. Servers take 8 to 16 KiB in all. */
const MAX_LENGTH = 16 * 1024;

/**
 * The headers that repeat the marked arguments of one call (MCP 2026-07-28, Value Encoding). A value that is absent or
 * null has none, nor has one that no header can repeat: an object, an array, an integer that is not exact.
 *
 * A value that is not of the type in the schema is repeated too: it is for the server to refuse.
 *
 * @throws {RequestFailure} `header_too_large` where servers would refuse the whole request
 */
export function formatParameterHeaders(
  marked: readonly MarkedParameter[],
  args: JsonValue | undefined,
): Record<string, string> {
  const headers: Record<string, string> = {};
  let length = 0;
  for (const { path, header } of marked) {
    const text = textOf(valueAt(args, path));
    if (text === undefined) continue;
    const value = encodeHeaderValue(text);
    length += header.length + value.length;
    if (length > MAX_LENGTH) {
      throw new RequestFailure(
        'The server wants arguments of this tool in headers, and they are too long for that.',
        undefined,
        'header_too_large',
      );
    }
    headers[header] = value;
  }
  return headers;
}

function valueAt(args: JsonValue | undefined, path: readonly string[]): JsonValue | undefined {
  let value = args;
  for (const name of path) {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, name)) {
      return undefined;
    }
    value = (value as JsonObject)[name];
  }
  return value;
}

function textOf(value: JsonValue | undefined): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  const isExact = typeof value === 'number' && (Number.isSafeInteger(value) || !Number.isInteger(value));
  return isExact ? String(value) : undefined;
}
