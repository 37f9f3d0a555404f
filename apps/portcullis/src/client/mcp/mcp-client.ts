import {
  formatJsonRpcError,
  JSON_RPC_ERRORS,
  type JsonObject,
  type JsonValue,
  parseJsonRpc,
} from '@portcullis/protocol';
import { terminalText } from '../../terminal-text.js';
import { programVersion } from '../../version.js';
import type { McpConnection } from './mcp-connection.js';
import { FIRST_MODERN_REVISION, PROTOCOL_VERSION_MEMBER } from './message-headers.js';
import { MAX_MESSAGE_BYTES } from './read-answer.js';
import { RequestFailure } from './request-failure.js';

/** A client that asks an MCP server for a few things. */
export interface McpClient {
  /** All tools, page by page; together no more than one message may have. @throws {RequestFailure} */
  listTools(): Promise<readonly JsonObject[]>;
  /** The result, whether it is an error of the tool or not. @throws {RequestFailure} */
  callTool(name: string, args: JsonObject): Promise<JsonObject>;
  /** Ends the session. */
  close(): Promise<void>;
}

const LAST_LEGACY_REVISION = '2025-11-25';
const MAX_PAGES = 100;

/**
 * Opens a client: by `initialize`, or where the server knows that no more, by the revision 2026-07-28, in which every
 * request stands alone.
 *
 * @throws {RequestFailure}
 */
export async function openMcpClient(connection: McpConnection, signal: AbortSignal): Promise<McpClient> {
  const clientInfo = { name: 'portcullis', version: programVersion() };
  let nextId = 1;
  let isModern = false;

  async function request(method: string, params: JsonObject): Promise<JsonObject> {
    const id = nextId;
    nextId += 1;
    const modern = {
      ...params,
      _meta: {
        [PROTOCOL_VERSION_MEMBER]: FIRST_MODERN_REVISION,
        'io.modelcontextprotocol/clientInfo': clientInfo,
        'io.modelcontextprotocol/clientCapabilities': {},
      },
    };
    let result: JsonObject | undefined;
    await send({ jsonrpc: '2.0', id, method, params: isModern ? modern : params }, (text) => {
      const answer = JSON.parse(text) as {
        id?: unknown;
        result?: JsonObject;
        error?: { code?: unknown; message?: unknown };
      };
      if (answer.id !== id) return;
      if (answer.result === undefined) throw refusal(method, answer.error);
      result = answer.result;
    });
    if (result === undefined) throw new RequestFailure(`The server did not answer ${method}.`, undefined, 'no_answer');
    return result;
  }

  async function send(message: JsonObject, onResponse: (text: string) => void): Promise<void> {
    const parsed = parseJsonRpc(JSON.stringify(message), { maxDepth: 256, maxMembers: 500_000 });
    if (!parsed.ok || parsed.value.kind !== 'single') {
      throw new RequestFailure('The arguments are nested too deeply, or are too many.', undefined, 'bad_arguments');
    }
    await connection.send(
      parsed.value.message,
      async ({ body, text }) => {
        if (body.kind === 'response') onResponse(text);
        // We offer nothing that a server could ask for.
        if (body.kind === 'request' && !isModern) await answer(body.id, body.method);
      },
      signal,
    );
  }

  async function answer(id: string | number, method: string): Promise<void> {
    const text =
      method === 'ping'
        ? JSON.stringify({ jsonrpc: '2.0', id, result: {} })
        : formatJsonRpcError(id, JSON_RPC_ERRORS.methodNotFound, 'This client does not offer that');
    await send(JSON.parse(text) as JsonObject, () => {});
  }

  async function open(): Promise<void> {
    const offer = { protocolVersion: LAST_LEGACY_REVISION, capabilities: {}, clientInfo };
    try {
      await request('initialize', offer);
    } catch (error) {
      if (!(error instanceof RequestFailure) || !['refused', 'http_error'].includes(error.reason)) throw error;
      isModern = true;
      // What it said first is what it means, unless it knows the newer way.
      await request('server/discover', {}).catch(() => {
        throw error;
      });
      return;
    }
    await send({ jsonrpc: '2.0', method: 'notifications/initialized' }, () => {});
  }

  await open();
  return {
    async listTools() {
      const tools: JsonObject[] = [];
      let cursor: JsonValue | undefined;
      let length = 0;
      for (let page = 0; page < MAX_PAGES; page += 1) {
        const result = await request('tools/list', typeof cursor === 'string' ? { cursor } : {});
        const found = Array.isArray(result['tools']) ? (result['tools'] as readonly JsonValue[]) : [];
        length += JSON.stringify(found).length;
        if (length > MAX_MESSAGE_BYTES)
          throw new RequestFailure('The list of tools is too large.', undefined, 'too_large');
        for (const tool of found) if (isObject(tool)) tools.push(tool);
        cursor = result['nextCursor'];
        if (typeof cursor !== 'string') return tools;
      }
      throw new RequestFailure(`The list of tools has more than ${MAX_PAGES} pages.`, undefined, 'too_large');
    },
    callTool: (name, args) => request('tools/call', { name, arguments: args }),
    close: () => connection.close(),
  };
}

/** With the words of the server, cleaned: they are for whoever called. */
function refusal(
  method: string,
  error: { readonly code?: unknown; readonly message?: unknown } | undefined,
): RequestFailure {
  const { code, message } = error ?? {};
  const number = typeof code === 'number' && Number.isSafeInteger(code) ? code : JSON_RPC_ERRORS.serverError;
  const words = typeof message === 'string' && message !== '' ? `: ${terminalText(message)}` : '';
  return new RequestFailure(`The server refused ${method} (JSON-RPC error ${number})${words}`, number, 'refused');
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
