import { type JsonObject, parseStrictJson } from '@portcullis/protocol';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The JSON object that `body` is, or undefined where it is none that every parser reads alike. */
export function readJsonObject(body: Uint8Array): JsonObject | undefined {
  try {
    const parsed = parseStrictJson(utf8.decode(body));
    if (!parsed.ok) return undefined;
    const { value } = parsed.value;
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a parsed value is an object. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A member that is a text which is not empty. */
export function textMember(object: JsonObject, name: string): string | undefined {
  const value = object[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A member that is a list of texts; undefined where it is absent or anything else. */
export function textListMember(object: JsonObject, name: string): readonly string[] | undefined {
  const value = object[name];
  if (!Array.isArray(value)) return undefined;
  return value.every((item): item is string => typeof item === 'string') ? value : undefined;
}
