import { randomUUID } from 'node:crypto';
import { type JsonObject, type JsonRpcMessage, parseJsonRpc } from '@portcullis/protocol';
import type { McpConnection } from '../mcp/mcp-connection.js';
import { RequestFailure } from '../mcp/request-failure.js';
import { readToolList, type ToolList } from './tool-list.js';

const MAX_PAGES = 100;
/** What a request of 2026-07-28 says of its sender; anything else in `_meta` is of the one request. */
const SENDER = ['protocolVersion', 'clientInfo', 'clientCapabilities'].map((name) => `io.modelcontextprotocol/${name}`);

/**
 * Asks the server for its tools, page by page, 100 pages at most. It asks as the sender of `asked` does, under ids that
 * nobody else uses; whatever else the server sends with its answers is left out.
 *
 * @throws {RequestFailure} and whatever else the connection throws
 */
export async function fetchToolList(
  connection: McpConnection,
  asked: JsonRpcMessage,
  takePage: (page: ToolList) => void,
  signal: AbortSignal,
): Promise<void> {
  const meta = (asked.body.kind === 'request' ? asked.body.params?.['_meta'] : undefined) as JsonObject | undefined;
  const _meta = Object.fromEntries(SENDER.map((name) => [name, meta?.[name]]));
  let cursor: string | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const id = `portcullis-${randomUUID()}`;
    const request = { jsonrpc: '2.0', id, method: 'tools/list', params: { cursor, _meta } };
    let answer: JsonRpcMessage | undefined;
    await connection.send(
      parseRequest(JSON.stringify(request)),
      async (message) => {
        if (message.body.kind === 'response' && message.body.id === id) answer = message;
      },
      signal,
    );
    if (answer === undefined || (answer.body.kind === 'response' && answer.body.isError)) {
      throw new RequestFailure('The server refused tools/list.', undefined, 'refused');
    }
    const list = readToolList(answer.text);
    takePage(list);
    cursor = list.nextCursor;
    if (cursor === undefined) return;
  }
}

function parseRequest(text: string): JsonRpcMessage {
  const parsed = parseJsonRpc(text, { maxDepth: 256, maxMembers: 500_000 });
  if (!parsed.ok || parsed.value.kind !== 'single') throw new Error('the request is no JSON-RPC');
  return parsed.value.message;
}
