import { fail, type Result, succeed } from '../result.js';
import { type JsonPlaces, type StrictJsonFailure, type StrictJsonOptions, scanJson } from './json-scan.js';
import type { JsonValue } from './json-value.js';

/** A text that every conforming parser reads alike, its value, and where the watched members stand in it. */
export interface StrictJson extends JsonPlaces {
  readonly text: string;
  readonly value: JsonValue;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Parses JSON that leaves no room for two readings (RFC 8259 §4, §8; RFC 7493).
 *
 * Refused beyond plain syntax errors: a byte order mark, invalid UTF-8, a member name that occurs twice in one object
 * (however it is escaped), a lone surrogate (RFC 7493 §2.1), a member named `__proto__` (unless those are dropped), nesting beyond `maxDepth`, numbers that no IEEE 754 double can
 * hold (`1e400`), and more members or elements than the bounds. Numbers that merely lose precision pass, because the text itself is what travels on.
 *
 * The text is checked in one pass without recursion before the platform's parser sees it, so a hostile depth costs no
 * stack. Does not check the size: the caller bounds what it reads.
 */
export function parseStrictJson(
  input: string | Uint8Array,
  options: StrictJsonOptions = {},
): Result<StrictJson, StrictJsonFailure> {
  let text: string;
  if (typeof input === 'string') {
    text = input;
  } else {
    try {
      text = utf8.decode(input);
    } catch {
      return fail({ reason: 'not_utf8' });
    }
  }
  if (text.charCodeAt(0) === 0xfeff) return fail({ reason: 'byte_order_mark' });
  const scanned = scanJson(text, options);
  if (!scanned.ok) return scanned;
  try {
    const value = options.dropsProto === true ? JSON.parse(text, dropProto) : JSON.parse(text);
    return succeed({ text, value: value as JsonValue, ...scanned.value });
  } catch {
    return fail({ reason: 'syntax', position: 0 });
  }
}

/** A reviver. The platform's parser makes an own property of a `__proto__`, and of what is undefined here it deletes it. */
function dropProto(name: string, value: unknown): unknown {
  return name === '__proto__' ? undefined : value;
}
