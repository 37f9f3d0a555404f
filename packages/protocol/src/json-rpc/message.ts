import type { StrictJsonOptions } from '../json/json-scan.js';
import type { JsonObject, JsonValue } from '../json/json-value.js';
import { type JsonSpan, watchMembers } from '../json/json-watch.js';
import { parseStrictJson } from '../json/strict-json.js';
import { fail, type Result, succeed } from '../result.js';

/** A JSON-RPC request id as MCP allows it: a string or an integer, never null. */
export type JsonRpcId = string | number;

/** A call that wants an answer. */
export interface JsonRpcRequest {
  readonly kind: 'request';
  readonly id: JsonRpcId;
  readonly method: string;
  readonly params: JsonObject | undefined;
}

/** A call that wants none. */
export interface JsonRpcNotification {
  readonly kind: 'notification';
  readonly method: string;
  readonly params: JsonObject | undefined;
}

/** An answer, `result` or `error`. `id` is null only in an error about an unreadable request. */
export interface JsonRpcResponse {
  readonly kind: 'response';
  readonly id: JsonRpcId | null;
  readonly isError: boolean;
  /** The `error.code` of an error answer. */
  readonly errorCode: number | undefined;
}

/** One message, the exact text it came in, and where its id and its correlation members stand in that text. */
export interface JsonRpcMessage {
  readonly body: JsonRpcRequest | JsonRpcNotification | JsonRpcResponse;
  readonly text: string;
  /** Spans of the members that correlate messages, by the labels of {@link SPAN}, for those that occur. */
  readonly spans: ReadonlyMap<string, JsonSpan>;
}

/** What an HTTP body held: one message, or the batch that revision 2025-03-26 allowed. */
export type JsonRpcPayload =
  | { readonly kind: 'single'; readonly message: JsonRpcMessage }
  | { readonly kind: 'batch'; readonly messages: readonly JsonRpcMessage[]; readonly text: string };

/** Why a body is no JSON-RPC payload. `code` is the JSON-RPC error code to answer with. */
export interface JsonRpcFailure {
  readonly code: -32700 | -32600;
  readonly reason: string;
}

/** JSON-RPC 2.0 §5.1 and the codes MCP adds to them. */
export const JSON_RPC_ERRORS = {
  parseError: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internalError: -32603,
  /** The gate could not serve a request that was in order: limits, an upstream that is down. */
  serverError: -32000,
  /** MCP before 2026-07-28: the session does not exist (any more). */
  sessionNotFound: -32001,
  /** MCP 2026-07-28: headers and body disagree. */
  headerMismatch: -32020,
} as const;

/** The member of `_meta` by which MCP 2026-07-28 ties notifications to a `subscriptions/listen` request. */
export const SUBSCRIPTION_ID = 'io.modelcontextprotocol/subscriptionId';

/** Labels of the spans that {@link JsonRpcMessage.spans} may hold. */
export const SPAN = {
  id: 'id',
  progressTokenOfRequest: 'progressTokenOfRequest',
  progressTokenOfNotification: 'progressTokenOfNotification',
  cancelledRequestId: 'cancelledRequestId',
  subscriptionIdOfNotification: 'subscriptionIdOfNotification',
  subscriptionIdOfResult: 'subscriptionIdOfResult',
} as const;

const WATCH = watchMembers({
  [SPAN.id]: ['id'],
  [SPAN.progressTokenOfRequest]: ['params', '_meta', 'progressToken'],
  [SPAN.progressTokenOfNotification]: ['params', 'progressToken'],
  [SPAN.cancelledRequestId]: ['params', 'requestId'],
  [SPAN.subscriptionIdOfNotification]: ['params', '_meta', SUBSCRIPTION_ID],
  [SPAN.subscriptionIdOfResult]: ['result', '_meta', SUBSCRIPTION_ID],
});
/** A text of a tool may be cut in the middle of a pair: it travels as it came, and is no reason to lose the answer. */
const READING: StrictJsonOptions = { watch: WATCH, allowLoneSurrogates: true };
const MAX_BATCH = 100;
const ENVELOPE = new Set(['jsonrpc', 'id', 'method', 'params', 'result', 'error']);
/** Members of `params` that a policy decision reads; a look-alike in another case is refused. */
const DECIDING_PARAMS = new Map(
  ['name', 'uri', 'arguments', 'ref', '_meta', 'taskId', 'notifications'].map((name) => [name.toLowerCase(), name]),
);

/** How much a text may hold; by default what a stranger may send. */
export type JsonBounds = Pick<StrictJsonOptions, 'maxDepth' | 'maxMembers' | 'maxElements'>;

/**
 * Parses the body of a POST to an MCP endpoint, or one line of a stdio server (JSON-RPC 2.0; MCP base protocol).
 *
 * Strict where a lenient reader and this one could differ: unknown envelope members, members that differ from a known
 * one only in case, both `result` and `error`, fractional ids and array `params` are refused. A batch is parsed up to
 * 100 elements, not nested; whether the revision allows one is the caller's question.
 */
export function parseJsonRpc(
  input: string | Uint8Array,
  bounds: JsonBounds = {},
): Result<JsonRpcPayload, JsonRpcFailure> {
  const parsed = parseStrictJson(input, { ...bounds, ...READING });
  if (!parsed.ok) return fail({ code: JSON_RPC_ERRORS.parseError, reason: parsed.failure.reason });
  const { value, text, spans, elements } = parsed.value;
  if (!Array.isArray(value)) {
    const body = parseEnvelope(value);
    return body.ok ? succeed({ kind: 'single', message: { body: body.value, text, spans } }) : body;
  }
  if (value.length === 0) return invalid('empty_batch');
  if (value.length > MAX_BATCH) return invalid('batch_too_long');
  const messages: JsonRpcMessage[] = [];
  for (const { start, end } of elements) {
    const element = parseStrictJson(text.slice(start, end), { ...bounds, ...READING });
    if (!element.ok) return invalid('unreadable_element');
    const body = parseEnvelope(element.value.value);
    if (!body.ok) return body;
    messages.push({ body: body.value, text: element.value.text, spans: element.value.spans });
  }
  return succeed({ kind: 'batch', messages, text });
}

function parseEnvelope(value: JsonValue): Result<JsonRpcMessage['body'], JsonRpcFailure> {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return invalid('not_an_object');
  const message = value as JsonObject;
  for (const member of Object.keys(message)) {
    if (!ENVELOPE.has(member)) return invalid('unknown_member');
  }
  if (message['jsonrpc'] !== '2.0') return invalid('not_jsonrpc_2');
  const { id, method } = message;
  if (method !== undefined) return parseCall(message, id, method);
  const hasResult = message['result'] !== undefined;
  const error = message['error'];
  if (hasResult === (error !== undefined)) return invalid('neither_call_nor_answer');
  if (message['params'] !== undefined) return invalid('params_in_answer');
  if (!(isId(id) || (id === null && error !== undefined))) return invalid('bad_id');
  const errorCode = isObject(error) && typeof error['code'] === 'number' ? error['code'] : undefined;
  return succeed({ kind: 'response', id: id as JsonRpcId | null, isError: !hasResult, errorCode });
}

function parseCall(
  message: JsonObject,
  id: JsonValue | undefined,
  method: JsonValue,
): Result<JsonRpcRequest | JsonRpcNotification, JsonRpcFailure> {
  if (typeof method !== 'string' || method === '') return invalid('bad_method');
  if (message['result'] !== undefined || message['error'] !== undefined) return invalid('call_with_answer');
  const params = message['params'];
  if (params !== undefined && !isObject(params)) return invalid('bad_params');
  for (const member of Object.keys(params ?? {})) {
    const deciding = DECIDING_PARAMS.get(member.toLowerCase());
    if (deciding !== undefined && deciding !== member) return invalid('look_alike_member');
  }
  if (id === undefined) return succeed({ kind: 'notification', method, params });
  return isId(id) ? succeed({ kind: 'request', id, method, params }) : invalid('bad_id');
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isId(id: JsonValue | undefined): id is JsonRpcId {
  return typeof id === 'string' || (typeof id === 'number' && Number.isSafeInteger(id));
}

function invalid(reason: string): { readonly ok: false; readonly failure: JsonRpcFailure } {
  return fail({ code: JSON_RPC_ERRORS.invalidRequest, reason });
}

/** The text of a JSON-RPC error answer. `id` is null where the request could not be read. */
export function formatJsonRpcError(id: JsonRpcId | null, code: number, message: string, data?: JsonValue): string {
  return JSON.stringify({
    jsonrpc: '2.0',
    id,
    error: data === undefined ? { code, message } : { code, message, data },
  });
}
