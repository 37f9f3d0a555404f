import { type JsonObject, type JsonValue, parseStrictJson, spliceJson, watchMembers } from '@portcullis/protocol';
import { SERVER_JSON_BOUNDS } from '../mcp/read-answer.js';
import { type MarkedParameter, type MarkFailure, readMarkedParameters } from './marked-parameters.js';

/** One page of a server's tools. */
export interface ToolList {
  readonly tools: readonly { readonly name: string; readonly marked: readonly MarkedParameter[] }[];
  /** Tools whose marks are invalid, by the server's own names. */
  readonly invalid: readonly { readonly name: string; readonly failure: MarkFailure }[];
  readonly nextCursor: string | undefined;
  /** The text of the response without the invalid tools, else as it came. */
  readonly text: string;
}

const WATCH = watchMembers({ tools: ['result', 'tools'] });

/**
 * Reads the response to a `tools/list`. A tool with invalid marks is to be left out of it (MCP 2026-07-28, Schema
 * Extension), so it is cut out of the text, of which everything else stays as it is. What is no tool stays too: to judge
 * it is for whoever asked.
 */
export function readToolList(text: string): ToolList {
  const parsed = parseStrictJson(text, { ...SERVER_JSON_BOUNDS, watch: WATCH });
  const result = parsed.ok ? (parsed.value.value as JsonObject)['result'] : undefined;
  const span = parsed.ok ? parsed.value.spans.get('tools') : undefined;
  const nextCursor = isObject(result) && typeof result['nextCursor'] === 'string' ? result['nextCursor'] : undefined;
  const listed = isObject(result) && Array.isArray(result['tools']) ? (result['tools'] as readonly JsonValue[]) : [];
  const tools: { name: string; marked: readonly MarkedParameter[] }[] = [];
  const invalid: { name: string; failure: MarkFailure }[] = [];
  const isCut = listed.map((tool) => {
    if (!isObject(tool) || typeof tool['name'] !== 'string') return false;
    const { name } = tool;
    const marked = readMarkedParameters(tool['inputSchema']);
    if (marked.ok) tools.push({ name, marked: marked.value });
    else invalid.push({ name, failure: marked.failure });
    return !marked.ok;
  });
  if (invalid.length === 0 || span === undefined) return { tools, invalid, nextCursor, text };
  const array = text.slice(span.start, span.end);
  const again = parseStrictJson(array, SERVER_JSON_BOUNDS);
  const elements = again.ok ? again.value.elements : [];
  const kept = elements.filter((_, index) => isCut[index] !== true).map(({ start, end }) => array.slice(start, end));
  return { tools, invalid, nextCursor, text: spliceJson(text, [{ span, json: `[${kept.join(',')}]` }]) };
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
