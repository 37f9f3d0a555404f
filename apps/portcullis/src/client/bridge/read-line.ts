import { JSON_RPC_ERRORS, type JsonRpcId, type JsonRpcMessage, parseJsonRpc } from '@portcullis/protocol';
import { SERVER_JSON_BOUNDS } from '../mcp/read-answer.js';

/** What a line of standard input holds: a message, nothing, or the answer to what is none. */
export type ReadLine =
  | { readonly kind: 'message'; readonly message: JsonRpcMessage }
  | { readonly kind: 'empty' }
  | { readonly kind: 'unreadable'; readonly id: JsonRpcId | null; readonly code: number; readonly words: string };

/** Longest line that is read, in bytes. */
export const MAX_LINE_BYTES = 8 * 1024 * 1024;

/** Reads one line (MCP, stdio). @param isCut - whether it was longer than {@link MAX_LINE_BYTES} */
export function readLine(line: Buffer, isCut: boolean): ReadLine {
  if (isCut) return unreadable(null, JSON_RPC_ERRORS.parseError, 'The line is longer than 8 MiB');
  if (/^[ \t\r]*$/.test(line.subarray(0, 64).toString('latin1')) && line.toString('latin1').trim() === '') {
    return { kind: 'empty' };
  }
  const parsed = parseJsonRpc(line, SERVER_JSON_BOUNDS);
  if (!parsed.ok) {
    const { code } = parsed.failure;
    const words = code === JSON_RPC_ERRORS.parseError ? 'The line is no JSON text' : 'The line is no JSON-RPC message';
    return unreadable(code === JSON_RPC_ERRORS.parseError ? null : idOf(line), code, words);
  }
  if (parsed.value.kind === 'single') return { kind: 'message', message: parsed.value.message };
  return unreadable(null, JSON_RPC_ERRORS.invalidRequest, 'Batches are no part of the protocol any more (2025-06-18)');
}

/** Of a message that is not in order, so that whoever sent it is not left waiting. */
function idOf(line: Buffer): JsonRpcId | null {
  const message: unknown = JSON.parse(line.toString('utf8'));
  const { id, method } = (message ?? {}) as { id?: unknown; method?: unknown };
  if (method === undefined) return null;
  return typeof id === 'string' || (typeof id === 'number' && Number.isSafeInteger(id)) ? id : null;
}

function unreadable(id: JsonRpcId | null, code: number, words: string): ReadLine {
  return { kind: 'unreadable', id, code, words };
}
