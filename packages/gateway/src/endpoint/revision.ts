import type { IncomingHttpHeaders } from 'node:http';
import { JSON_RPC_ERRORS, type JsonObject, type JsonRpcMessage, type JsonRpcPayload } from '@portcullis/protocol';
import { decodeMcpHeader } from './mcp-header.js';
import { badRequest, type Refusal, type Step } from './refusal.js';

/** `modern` is 2026-07-28 and later, without handshake and sessions; `legacy` is every revision before. */
export type Era = 'modern' | 'legacy';

const FIRST_MODERN = '2026-07-28';
/** The first revision without batches. */
const FIRST_WITHOUT_BATCHES = '2025-06-18';
const PROTOCOL_VERSION = 'io.modelcontextprotocol/protocolVersion';
/** Requests whose `Mcp-Name` header is required, with the member it mirrors. */
const NAMED_METHODS: Readonly<Record<string, 'name' | 'uri'>> = {
  'tools/call': 'name',
  'prompts/get': 'name',
  'resources/read': 'uri',
};
/** Members that `Mcp-Name` may mirror at any other method. */
const NAMING_MEMBERS = ['name', 'uri', 'taskId'] as const;

/** The era of a request without a body. */
export function eraOfHeaders(headers: IncomingHttpHeaders): Era {
  return isModern(singleHeader(headers, 'mcp-protocol-version')) ? 'modern' : 'legacy';
}

/**
 * Decides the era and holds the mirrored headers against the body (MCP 2026-07-28, Streamable HTTP, Server Validation):
 * `MCP-Protocol-Version` against `_meta`, `Mcp-Method` against `method`, `Mcp-Name` against `params.name` or
 * `params.uri`. Required in the modern era, and never contradicting the body in any. Batches exist in 2025-03-26 only.
 *
 * Does not check that the upstream speaks the revision, nor `Mcp-Param-*`, which only the server can: it knows the
 * tool's schema.
 */
export function checkRevision(headers: IncomingHttpHeaders, payload: JsonRpcPayload): Step<Era> {
  const version = singleHeader(headers, 'mcp-protocol-version');
  const messages = payload.kind === 'single' ? [payload.message] : payload.messages;
  if (payload.kind === 'batch') {
    if (version !== undefined && version >= FIRST_WITHOUT_BATCHES) return invalid('batch_not_in_revision');
    if (messages.some(({ body }) => body.kind === 'request' && body.method === 'initialize')) {
      return invalid('initialize_in_batch');
    }
  }
  for (const message of messages) {
    const failure = checkMessage(headers, version, message.body);
    if (failure !== undefined) return { ok: false, failure };
  }
  return { ok: true, value: isModern(version) ? 'modern' : 'legacy' };
}

function checkMessage(
  headers: IncomingHttpHeaders,
  version: string | undefined,
  body: JsonRpcMessage['body'],
): Refusal | undefined {
  const modern = isModern(version);
  if (body.kind === 'response') return modern ? invalid('response_in_modern_era').failure : undefined;
  const claimed = versionInBody(body.params);
  if (claimed !== version && claimed !== undefined) return mismatch('MCP-Protocol-Version', 'version_mismatch');
  if (modern && claimed === undefined && body.kind === 'request') {
    const words = `_meta lacks ${PROTOCOL_VERSION}`;
    return badRequest(400, JSON_RPC_ERRORS.invalidParams, words, 'version_missing_in_body').failure;
  }
  // A notification has no mirrored headers that it must carry (2026-07-28 leaves them undefined).
  return checkMirrors(headers, body.method, body.params, modern && body.kind === 'request');
}

function checkMirrors(
  headers: IncomingHttpHeaders,
  method: string,
  params: JsonObject | undefined,
  required: boolean,
): Refusal | undefined {
  const methodHeader = singleHeader(headers, 'mcp-method');
  if (methodHeader === undefined ? required : methodHeader !== method) return mismatch('Mcp-Method', 'method_mismatch');
  const raw = singleHeader(headers, 'mcp-name');
  const member = Object.hasOwn(NAMED_METHODS, method) ? NAMED_METHODS[method] : undefined;
  if (raw === undefined) {
    return required && member !== undefined ? mismatch('Mcp-Name', 'name_missing') : undefined;
  }
  const name = decodeMcpHeader(raw);
  if (name === undefined) return mismatch('Mcp-Name', 'name_undecodable');
  const agrees =
    member === undefined ? NAMING_MEMBERS.some((candidate) => params?.[candidate] === name) : params?.[member] === name;
  return agrees ? undefined : mismatch('Mcp-Name', 'name_mismatch');
}

/** Undefined when absent; a claim that is no string is kept as one that no header can equal. */
function versionInBody(params: JsonObject | undefined): string | undefined {
  const meta = params?.['_meta'];
  if (meta === undefined || meta === null || typeof meta !== 'object' || Array.isArray(meta)) return undefined;
  const claimed = (meta as JsonObject)[PROTOCOL_VERSION];
  if (claimed === undefined) return undefined;
  return typeof claimed === 'string' ? claimed : '';
}

/** Revisions are dates, so their order is that of their text; a name that is no date sorts behind and counts as newer. */
function isModern(version: string | undefined): boolean {
  return version !== undefined && version >= FIRST_MODERN;
}

/** A header that {@link checkSingleHeaders} found to occur at most once. */
function singleHeader(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
}

function mismatch(header: string, reason: string): Refusal {
  const words = `Header mismatch: ${header} is missing, malformed or disagrees with the body`;
  return badRequest(400, JSON_RPC_ERRORS.headerMismatch, words, reason).failure;
}

function invalid(reason: string): { readonly ok: false; readonly failure: Refusal } {
  return badRequest(400, JSON_RPC_ERRORS.invalidRequest, 'This revision has no such message', reason);
}
