import { JSON_RPC_ERRORS, type JsonRpcMessage, type JsonRpcRequest } from '@portcullis/protocol';
import { terminalText } from '../../terminal-text.js';
import type { McpConnection, TakeMessage } from '../mcp/mcp-connection.js';
import { FIRST_MODERN_REVISION, revisionOf } from '../mcp/message-headers.js';
import { toRequestFailure } from '../mcp/request-failure.js';
import { fetchToolList } from './fetch-tool-list.js';
import { formatParameterHeaders } from './format-parameter-headers.js';
import { KnownTools } from './known-tools.js';
import { readToolList, type ToolList } from './tool-list.js';

/** The list is fetched for all who wait for it, whichever of them gives up. */
const LIST_MILLISECONDS = 60_000;
const MAX_NAME_LENGTH = 100;
/** Invalid tools that are named to a person, of one list. */
const MAX_NOTES = 10;

/**
 * A connection that repeats the marked arguments of `tools/call` in `Mcp-Param-*` headers (MCP 2026-07-28, Streamable HTTP,
 * Custom Headers from Tool Parameters). Messages of earlier revisions pass through.
 *
 * Which parameters are marked is learned from the lists of tools that go by; tools with invalid marks are left out of them.
 * A call of a tool that was not listed is sent without: where the server wants headers, it refuses the call before it acts,
 * by HTTP 400 and `HeaderMismatch`. The list is then fetched, once for all who wait for it, and the call sent again, once,
 * unless its headers would be the same. What was learned ends with the connection.
 *
 * @param note - told which tools are left out, their names cleaned for a terminal
 */
export function withParameterHeaders(connection: McpConnection, note: (sentence: string) => void): McpConnection {
  const known = new KnownTools();
  const closing = new AbortController();
  let fetching: Promise<void> | undefined;

  function learn({ tools, invalid }: ToolList): void {
    for (const { name } of invalid) known.learn(name, []);
    for (const { name, marked } of tools) known.learn(name, marked);
  }

  function tellInvalid({ invalid }: ToolList): void {
    for (const { name, failure } of invalid.slice(0, MAX_NOTES)) {
      note(`The tool ${terminalText(name, MAX_NAME_LENGTH)} was left out of the list: ${failure} (x-mcp-header).`);
    }
    if (invalid.length > MAX_NOTES) note(`${invalid.length - MAX_NOTES} more tools were left out for the like.`);
  }

  function list(message: JsonRpcMessage, id: JsonRpcRequest['id'], take: TakeMessage, signal: AbortSignal) {
    const takeList: TakeMessage = async (answer, status) => {
      const { body } = answer;
      if (body.kind !== 'response' || body.isError || body.id !== id) return take(answer, status);
      const page = readToolList(answer.text);
      learn(page);
      tellInvalid(page);
      await take(page.text === answer.text ? answer : { body, text: page.text, spans: new Map() }, status);
    };
    return connection.send(message, takeList, signal);
  }

  async function call(message: JsonRpcMessage, { id, params }: JsonRpcRequest, take: TakeMessage, signal: AbortSignal) {
    const name = params?.['name'];
    const headersNow = (): Record<string, string> =>
      formatParameterHeaders(typeof name === 'string' ? known.get(name) : [], params?.['arguments']);
    const headers = headersNow();
    let refusal: JsonRpcMessage | undefined;
    const takeFirst: TakeMessage = async (answer, status) => {
      const { body } = answer;
      const isMismatch = body.kind === 'response' && body.errorCode === JSON_RPC_ERRORS.headerMismatch;
      // With any other status the call may have been carried out, and is not to be made twice.
      if (isMismatch && body.id === id && status === 400) refusal = answer;
      else await take(answer, status);
    };
    await connection.send(message, takeFirst, signal, headers);
    if (refusal === undefined) return;
    await unlessAborted(fetchOnce(message), signal);
    const better = headersNow();
    if (JSON.stringify(better) === JSON.stringify(headers)) return take(refusal, 400);
    await connection.send(message, take, signal, better);
  }

  async function fetchList(refused: JsonRpcMessage): Promise<void> {
    try {
      const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(LIST_MILLISECONDS)]);
      await fetchToolList(connection, refused, learn, signal);
    } catch (error) {
      if (!closing.signal.aborted) note(`The list of tools could not be fetched: ${toRequestFailure(error).message}`);
    }
  }

  /** Never fails: a call whose list cannot be fetched gets the answer it had. */
  function fetchOnce(refused: JsonRpcMessage): Promise<void> {
    fetching ??= fetchList(refused).finally(() => {
      fetching = undefined;
    });
    return fetching;
  }

  return {
    ...connection,
    send(message, take, signal, headers) {
      const { body } = message;
      const revision = revisionOf(message);
      if (body.kind === 'request' && revision !== undefined && revision >= FIRST_MODERN_REVISION) {
        if (body.method === 'tools/list') return list(message, body.id, take, signal);
        if (body.method === 'tools/call') return call(message, body, take, signal);
      }
      return connection.send(message, take, signal, headers);
    },
    async close() {
      closing.abort();
      known.clear();
      await connection.close();
    },
  };
}

function unlessAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason);
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
