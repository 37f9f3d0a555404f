import { fail, type JsonObject, type JsonValue, type Result, succeed } from '@portcullis/protocol';

/** A parameter of a tool whose value is repeated in a header. */
export interface MarkedParameter {
  /** Names of properties, from the arguments inwards. */
  readonly path: readonly string[];
  /** The whole header name, in lower case: `mcp-param-region`. */
  readonly header: string;
}

/** Why a tool's schema is invalid. In our words: nothing of the server's stands in it. */
export type MarkFailure =
  | 'a mark is no header name'
  | 'two marks are the same header'
  | 'a marked parameter is neither string, integer nor boolean'
  | 'a mark stands where no parameter is';

/** The member of a parameter's schema that marks it. */
const MARK = 'x-mcp-header';
/** `1*tchar` (RFC 9110 §5.6.2). With the prefix before it, it is never another header of ours. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const MARKABLE_TYPES: readonly (JsonValue | undefined)[] = ['string', 'integer', 'boolean'];
/** Where else a schema holds schemas: one, or an array of them. A mark in them is of no one parameter. */
const SCHEMAS = [
  'additionalItems',
  'additionalProperties',
  'allOf',
  'anyOf',
  'contains',
  'contentSchema',
  'else',
  'if',
  'items',
  'not',
  'oneOf',
  'prefixItems',
  'propertyNames',
  'then',
  'unevaluatedItems',
  'unevaluatedProperties',
] as const;
/** The same by name. */
const NAMED_SCHEMAS = ['$defs', 'definitions', 'dependencies', 'dependentSchemas', 'patternProperties'] as const;

/**
 * The parameters that a tool's `inputSchema` marks with `x-mcp-header` (MCP 2026-07-28, Streamable HTTP, Schema
 * Extension): of a primitive type, by different header names, and reached by `properties` alone. A tool that marks
 * anything else is not to be offered. Members that are no schemas (`default`, `enum`, what is unknown) are not looked
 * into, and no `$ref` is followed.
 *
 * @param inputSchema - of a tool list that was parsed with a bounded depth
 */
export function readMarkedParameters(
  inputSchema: JsonValue | undefined,
): Result<readonly MarkedParameter[], MarkFailure> {
  const found = new Map<string, MarkedParameter>();
  const failure = visit(inputSchema, [], found);
  return failure === undefined ? succeed([...found.values()]) : fail(failure);
}

/** @param path - undefined where no parameter is */
function visit(
  schema: JsonValue | undefined,
  path: readonly string[] | undefined,
  found: Map<string, MarkedParameter>,
): MarkFailure | undefined {
  if (!isObject(schema)) return undefined;
  if (Object.hasOwn(schema, MARK)) {
    const failure = readMark(schema, path, found);
    if (failure !== undefined) return failure;
  }
  for (const [name, property] of membersOf(schema, 'properties')) {
    const failure = visit(property, path === undefined ? undefined : [...path, name], found);
    if (failure !== undefined) return failure;
  }
  const elsewhere = [
    ...SCHEMAS.flatMap((keyword) => (Object.hasOwn(schema, keyword) ? schema[keyword] : [])),
    ...NAMED_SCHEMAS.flatMap((keyword) => membersOf(schema, keyword).map(([, value]) => value)),
  ];
  for (const inner of elsewhere) {
    const failure = visit(inner as JsonValue | undefined, undefined, found);
    if (failure !== undefined) return failure;
  }
  return undefined;
}

function readMark(
  schema: JsonObject,
  path: readonly string[] | undefined,
  found: Map<string, MarkedParameter>,
): MarkFailure | undefined {
  const mark = schema[MARK];
  if (path === undefined || path.length === 0) return 'a mark stands where no parameter is';
  if (typeof mark !== 'string' || !TOKEN.test(mark)) return 'a mark is no header name';
  if (!MARKABLE_TYPES.includes(schema['type'])) return 'a marked parameter is neither string, integer nor boolean';
  const header = `mcp-param-${mark.toLowerCase()}`;
  if (found.has(header)) return 'two marks are the same header';
  found.set(header, { path, header });
  return undefined;
}

function membersOf(schema: JsonObject, keyword: string): readonly [string, JsonValue | undefined][] {
  const value = Object.hasOwn(schema, keyword) ? schema[keyword] : undefined;
  return isObject(value) ? Object.entries(value) : [];
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
