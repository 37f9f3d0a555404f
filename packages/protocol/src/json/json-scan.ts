import { fail, type Result, succeed } from '../result.js';
import type { JsonSpan, JsonWatch } from './json-watch.js';
import { hasLoneSurrogate, mayHaveLoneSurrogates } from './lone-surrogate.js';

/** Why a text was refused. `position` counts UTF-16 code units. */
export type StrictJsonFailure =
  | { readonly reason: 'not_utf8' }
  | { readonly reason: 'byte_order_mark' }
  | { readonly reason: 'syntax'; readonly position: number }
  | { readonly reason: 'duplicate_member'; readonly position: number }
  | { readonly reason: 'forbidden_member'; readonly position: number }
  | { readonly reason: 'too_deep'; readonly position: number }
  | { readonly reason: 'too_many_values'; readonly position: number }
  | { readonly reason: 'number_out_of_range'; readonly position: number }
  | { readonly reason: 'lone_surrogate'; readonly position: number };

/** What `parseStrictJson` allows and looks for. */
export interface StrictJsonOptions {
  /** Deepest nesting of arrays and objects. @defaultValue 64 */
  readonly maxDepth?: number;
  /** Members of all objects together. Each costs the platform's parser a name to keep. @defaultValue 20000 */
  readonly maxMembers?: number;
  /** Elements of all arrays together. @defaultValue 250000 */
  readonly maxElements?: number;
  /**
   * Whether texts that are values may have lone surrogates: for what is handed on as it came, which a program that cut a text in
   * the middle of an emoji may have written. Names of members never may. @defaultValue false
   */
  readonly allowLoneSurrogates?: boolean;
  /**
   * Whether a member named `__proto__` is left out of the value, in place of refusing the whole: for what may say anything, and is
   * not handed on as a text. @defaultValue false
   */
  readonly dropsProto?: boolean;
  /** Members whose place in the text is wanted. @defaultValue none */
  readonly watch?: JsonWatch;
}

const DEFAULT_MAX_DEPTH = 64;
const DEFAULT_MAX_MEMBERS = 20_000;
const DEFAULT_MAX_ELEMENTS = 250_000;
/** Inside an object, up to this many members are compared one by one; a set serves beyond it. */
const LINEAR_MEMBERS = 8;

/** One open array or object. `names` is undefined for an array. */
interface Container {
  names: string[] | Set<string> | undefined;
  /** What is watched among the members of this object. */
  watch: JsonWatch | undefined;
  /** What is watched at the member whose value is being read, and where that value (or array element) began. */
  member: JsonWatch | undefined;
  valueStart: number;
}

/** What {@link scanJson} finds. */
export interface JsonPlaces {
  /** The watched members that occur, by the label they are watched under. */
  readonly spans: ReadonlyMap<string, JsonSpan>;
  /** Where the elements stand, when the text is one array. */
  readonly elements: readonly JsonSpan[];
}

/**
 * Walks the tokens once. The grammar itself (commas, literals, escapes) is left to `JSON.parse`, which runs after and
 * refuses what this walk lets pass; this walk only has to see every member name, every bracket and every number.
 */
export function scanJson(text: string, options: StrictJsonOptions): Result<JsonPlaces, StrictJsonFailure> {
  const {
    maxDepth = DEFAULT_MAX_DEPTH,
    maxMembers = DEFAULT_MAX_MEMBERS,
    maxElements = DEFAULT_MAX_ELEMENTS,
  } = options;
  let members = 0;
  let commas = 0;
  const mayHaveLone = mayHaveLoneSurrogates(text);
  const spans = new Map<string, JsonSpan>();
  const elements: JsonSpan[] = [];
  const stack: Container[] = [];
  let top: Container | undefined;
  /** In an object: whether the next string is a member name. */
  let expectName = false;
  let position = 0;
  const length = text.length;

  const closeValue = (end: number): void => {
    if (top === undefined) return;
    if (top.member?.label !== undefined) spans.set(top.member.label, spanOf(text, top.valueStart, end));
    if (top.names === undefined && stack.length === 1) elements.push(spanOf(text, top.valueStart, end));
    top.member = undefined;
    top.valueStart = end + 1;
  };

  while (position < length) {
    const code = text.charCodeAt(position);
    switch (code) {
      case 0x20:
      case 0x09:
      case 0x0a:
      case 0x0d:
        position += 1;
        break;
      case 0x7b: // {
      case 0x5b: {
        // [
        if (stack.length >= maxDepth) return fail({ reason: 'too_deep', position });
        const isObject = code === 0x7b;
        const watch: JsonWatch | undefined = top === undefined ? options.watch : top.member;
        position += 1;
        top = {
          names: isObject ? [] : undefined,
          watch: isObject ? watch : undefined,
          member: undefined,
          valueStart: position,
        };
        stack.push(top);
        expectName = isObject;
        break;
      }
      case 0x7d: // }
      case 0x5d: // ]
        closeValue(position);
        stack.pop();
        top = stack[stack.length - 1];
        expectName = false;
        position += 1;
        break;
      case 0x2c: // ,
        closeValue(position);
        expectName = top?.names !== undefined;
        if (!expectName) {
          commas += 1;
          if (commas > maxElements) return fail({ reason: 'too_many_values', position });
        }
        position += 1;
        break;
      case 0x3a: // :
        position += 1;
        if (top !== undefined) top.valueStart = position;
        break;
      case 0x22: {
        const end = endOfString(text, position);
        if (end < 0) return fail({ reason: 'syntax', position });
        const isRead = expectName || options.allowLoneSurrogates !== true;
        if (mayHaveLone && isRead && hasLoneSurrogate(text.slice(position, end))) {
          return fail({ reason: 'lone_surrogate', position });
        }
        if (expectName && top?.names !== undefined) {
          expectName = false;
          const name = nameAt(text, position, end);
          if (name === undefined) return fail({ reason: 'syntax', position });
          members += 1;
          if (members > maxMembers) return fail({ reason: 'too_many_values', position });
          if (name === '__proto__' && options.dropsProto !== true) {
            return fail({ reason: 'forbidden_member', position });
          }
          const names = addName(top.names, name);
          if (names === undefined) return fail({ reason: 'duplicate_member', position });
          top.names = names;
          top.member = top.watch?.members.get(name);
        }
        position = end;
        break;
      }
      case 0x2d: // -
      case 0x30:
      case 0x31:
      case 0x32:
      case 0x33:
      case 0x34:
      case 0x35:
      case 0x36:
      case 0x37:
      case 0x38:
      case 0x39: {
        const end = endOfNumber(text, position);
        if (!Number.isFinite(Number(text.slice(position, end)))) {
          return fail({ reason: 'number_out_of_range', position });
        }
        position = end;
        break;
      }
      default:
        // true, false, null; anything else is refused by the platform's parser.
        position += 1;
    }
  }
  return succeed({ spans, elements });
}

function addName(names: string[] | Set<string>, name: string): string[] | Set<string> | undefined {
  if (names instanceof Set) {
    if (names.has(name)) return undefined;
    names.add(name);
    return names;
  }
  if (names.includes(name)) return undefined;
  names.push(name);
  return names.length > LINEAR_MEMBERS ? new Set(names) : names;
}

/** The index behind the closing quote, or -1. `start` is at the opening quote. */
function endOfString(text: string, start: number): number {
  let quote = text.indexOf('"', start + 1);
  while (quote > 0) {
    let backslashes = 0;
    while (text.charCodeAt(quote - 1 - backslashes) === 0x5c) backslashes += 1;
    if (backslashes % 2 === 0) return quote + 1;
    quote = text.indexOf('"', quote + 1);
  }
  return -1;
}

function nameAt(text: string, start: number, end: number): string | undefined {
  const raw = text.slice(start + 1, end - 1);
  if (!raw.includes('\\')) return raw;
  try {
    return JSON.parse(text.slice(start, end)) as string;
  } catch {
    return undefined;
  }
}

function endOfNumber(text: string, start: number): number {
  let end = start + 1;
  while (end < text.length) {
    const code = text.charCodeAt(end);
    const isPart =
      (code >= 0x30 && code <= 0x39) || code === 0x2b || code === 0x2d || code === 0x2e || (code | 0x20) === 0x65;
    if (!isPart) break;
    end += 1;
  }
  return end;
}

/** The span of what stands between two indices, without the white space around it. */
function spanOf(text: string, from: number, to: number): JsonSpan {
  let start = from;
  let end = to;
  while (start < end && isSpace(text.charCodeAt(start))) start += 1;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end -= 1;
  return { start, end };
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d;
}
