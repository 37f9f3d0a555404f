import type { FetchLike } from '@portcullis/client';
import { JSON_RPC_ERRORS, type JsonRpcMessage, SPAN, spliceJson } from '@portcullis/protocol';
import { FIRST_MODERN_REVISION, isRevision, mirrorHeaders, revisionOf } from './message-headers.js';
import { discard, readAnswer, readErrorMessage, type StreamPosition, startPosition } from './read-answer.js';
import { RequestFailure, toRequestFailure } from './request-failure.js';
import { pauseBeforeRetry } from './retry-pause.js';

/** Takes one message of the server, and the HTTP status it came with. The next one is read when it has been taken. */
export type TakeMessage = (message: JsonRpcMessage, httpStatus: number) => Promise<void>;

/** How a connection works. */
export interface McpConnectionOptions {
  readonly serverUrl: URL;
  /** Signs in where it has to. */
  readonly fetch: FetchLike;
  /** Sent with every request, beside those of the protocol. @defaultValue none */
  readonly headers?: Readonly<Record<string, string>>;
  /** Told what a person may want to know; no secret, nothing of a server's choice. */
  note(sentence: string): void;
}

/** One client's side of Streamable HTTP: messages as they are, with the headers and the session that belong to them. */
export interface McpConnection {
  /**
   * Sends a message and hands over what comes back, until a request has its response or the server has nothing more to
   * say. An error that the server answers with is such a response, whatever its HTTP status.
   *
   * @param headers - of this message alone, beside those of the protocol
   * @throws {RequestFailure} where a request got no response; {@link toRequestFailure} makes one of whatever else
   */
  send(
    message: JsonRpcMessage,
    take: TakeMessage,
    signal: AbortSignal,
    headers?: Readonly<Record<string, string>>,
  ): Promise<void>;
  /**
   * Hears what the server says by itself, until `signal` is aborted or the server has no such stream (405). A stream that
   * breaks off is opened again from where it was.
   */
  listen(take: TakeMessage, signal: AbortSignal): Promise<void>;
  /** Ends the session at the server, where there is one. Never fails, and is bounded in time. */
  close(): Promise<void>;
}

const MAX_ERROR_BYTES = 256 * 1024;
const CLOSE_MILLISECONDS = 5000;
/** A session is opened for all who wait for it, whichever of them gives up. */
const REOPEN_MILLISECONDS = 60_000;
/** A request's stream that breaks off is resumed so many times without anything new. */
const MAX_RESUMES = 5;

/** Opens a connection. Nothing is sent before the first message. */
export function createMcpConnection(options: McpConnectionOptions): McpConnection {
  const { serverUrl, fetch, headers: extraHeaders = {}, note } = options;
  let sessionId: string | undefined;
  /** What was agreed on by `initialize`. */
  let agreedRevision: string | undefined;
  let initialize: JsonRpcMessage | undefined;
  let reopening: Promise<void> | undefined;

  function request(
    method: 'GET' | 'POST' | 'DELETE',
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
    body?: string,
  ): Promise<Response> {
    const init = { method, headers: { ...extraHeaders, ...headers }, signal, redirect: 'manual' } as const;
    return fetch(serverUrl, body === undefined ? init : { ...init, body });
  }

  /** Of a message that names no revision itself. */
  function sessionHeaders(): Record<string, string> {
    return {
      ...(sessionId === undefined ? {} : { 'mcp-session-id': sessionId }),
      ...(agreedRevision === undefined ? {} : { 'mcp-protocol-version': agreedRevision }),
    };
  }

  function headersOf(message: JsonRpcMessage): Record<string, string> {
    const revision = revisionOf(message);
    const isModern = revision !== undefined && revision >= FIRST_MODERN_REVISION;
    const own = isInitialize(message) ? {} : isModern ? mirrorHeaders(message, revision) : sessionHeaders();
    return { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...own };
  }

  async function post(
    message: JsonRpcMessage,
    take: TakeMessage,
    signal: AbortSignal,
    more: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const sentIn = sessionId;
    const headers = { ...more, ...headersOf(message) };
    const response = await request('POST', headers, signal, message.text);
    if (response.status === 404 && sentIn !== undefined && headers['mcp-session-id'] === sentIn) {
      await discard(response);
      await reopen(sentIn);
      const again = { ...more, ...headersOf(message) };
      return answered(message, await request('POST', again, signal, message.text), take, signal);
    }
    return answered(message, response, take, signal);
  }

  async function answered(
    message: JsonRpcMessage,
    response: Response,
    take: TakeMessage,
    signal: AbortSignal,
  ): Promise<void> {
    if (!response.ok) return refused(message, response, take);
    if (isInitialize(message)) {
      initialize = message;
      sessionId = readSessionId(response);
    }
    const position = startPosition();
    if (await readUntilResponse(message, response, position, take)) return;
    if (message.body.kind === 'request') await resume(message, position, take, signal);
  }

  /** True when the response to `request` was among the messages. A stream that breaks off is no failure yet. */
  async function readUntilResponse(
    request: JsonRpcMessage,
    response: Response,
    position: StreamPosition,
    take: TakeMessage,
  ): Promise<boolean> {
    try {
      for await (const message of readAnswer(response, position, note)) {
        const isOurs =
          request.body.kind === 'request' && message.body.kind === 'response' && message.body.id === request.body.id;
        if (isOurs && isInitialize(request)) agree(message);
        await take(message, response.status);
        if (isOurs) return true;
      }
    } catch (error) {
      if (error instanceof RequestFailure || position.lastEventId === undefined) throw error;
    }
    return false;
  }

  /** Goes on with a request's stream that ended before its response (MCP before 2026-07-28, Resumability). */
  async function resume(
    message: JsonRpcMessage,
    position: StreamPosition,
    take: TakeMessage,
    signal: AbortSignal,
  ): Promise<void> {
    for (let attempts = 0; attempts < MAX_RESUMES && position.lastEventId !== undefined; attempts += 1) {
      await pauseBeforeRetry(attempts, position.retryMilliseconds, signal);
      const headers = { accept: 'text/event-stream', ...sessionHeaders(), 'last-event-id': position.lastEventId };
      const response = await request('GET', headers, signal);
      if (!response.ok) {
        await discard(response);
        if (response.status < 500) break;
        continue;
      }
      position.hasEvents = false;
      if (await readUntilResponse(message, response, position, take)) return;
      if (position.hasEvents) attempts = 0;
    }
    signal.throwIfAborted();
    throw new RequestFailure('The server ended its answer before it was complete.', undefined, 'answer_incomplete');
  }

  /** An error of HTTP that is one of JSON-RPC too is passed on as the response to the request. */
  async function refused(message: JsonRpcMessage, response: Response, take: TakeMessage): Promise<void> {
    const { status } = response;
    const error = await readErrorMessage(response, MAX_ERROR_BYTES);
    if (message.body.kind !== 'request') {
      throw new RequestFailure(`The server did not take the message (HTTP ${status}).`, undefined, 'http_error');
    }
    if (error !== undefined) return take(withId(error, message), status);
    throw httpFailure(response);
  }

  function agree(response: JsonRpcMessage): void {
    const { result } = JSON.parse(response.text) as { result?: { protocolVersion?: unknown } };
    const version = result?.protocolVersion;
    agreedRevision = typeof version === 'string' && isRevision(version) ? version : undefined;
  }

  /** The session is over at the server, which says so with 404: the client is to begin a new one (MCP, Session Management). */
  function reopen(endedId: string): Promise<void> {
    if (sessionId !== endedId) return reopening ?? Promise.resolve();
    reopening ??= openAgain(AbortSignal.timeout(REOPEN_MILLISECONDS)).finally(() => {
      reopening = undefined;
    });
    return reopening;
  }

  async function openAgain(signal: AbortSignal): Promise<void> {
    sessionId = undefined;
    if (initialize === undefined) throw sessionOver();
    let isOpen = false;
    const begin = initialize;
    await answered(
      begin,
      await request('POST', headersOf(begin), signal, begin.text),
      async ({ body }) => {
        if (body.kind === 'response' && !body.isError) isOpen = true;
      },
      signal,
    );
    if (!isOpen) throw sessionOver();
    const initialized = '{"jsonrpc":"2.0","method":"notifications/initialized"}';
    const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
    await discard(await request('POST', { ...headers, ...sessionHeaders() }, signal, initialized));
    note('The server had ended the session; a new one was opened.');
  }

  async function listen(take: TakeMessage, signal: AbortSignal): Promise<void> {
    const position = startPosition();
    for (let failures = 0; !signal.aborted; failures += 1) {
      try {
        const sentIn = sessionId;
        const resumed = position.lastEventId === undefined ? {} : { 'last-event-id': position.lastEventId };
        const headers = { accept: 'text/event-stream', ...sessionHeaders(), ...resumed };
        const response = await request('GET', headers, signal);
        if (response.status === 404 && sentIn !== undefined) {
          await discard(response);
          position.lastEventId = undefined;
          await reopen(sentIn);
        } else if (!response.ok || response.status === 204) {
          await discard(response);
          // 405 and the like: the server has nothing to say by itself.
          if (response.status < 500 && response.status !== 429) return;
        } else {
          position.hasEvents = false;
          for await (const message of readAnswer(response, position, note)) await take(message, response.status);
          if (position.hasEvents) failures = 0;
        }
      } catch (error) {
        if (signal.aborted) return;
        const { reason, message } = toRequestFailure(error);
        if (!['server_unreachable', 'server_unavailable', 'session_over'].includes(reason)) {
          note(`What the server says by itself is not heard any more: ${message}`);
          return;
        }
        if (position.hasEvents) failures = 0;
      }
      await pauseBeforeRetry(failures, position.retryMilliseconds, signal).catch(() => undefined);
    }
  }

  return {
    send: post,
    listen,
    async close() {
      if (sessionId === undefined) return;
      const headers = sessionHeaders();
      sessionId = undefined;
      try {
        await discard(await request('DELETE', headers, AbortSignal.timeout(CLOSE_MILLISECONDS)));
      } catch {
        // It ends by itself, sooner or later.
      }
    },
  };
}

function isInitialize({ body }: JsonRpcMessage): boolean {
  return body.kind === 'request' && body.method === 'initialize';
}

/** Visible ASCII (MCP, Session Management), and of a length that can be sent back. */
function readSessionId(response: Response): string | undefined {
  const id = response.headers.get('mcp-session-id');
  return id !== null && /^[\x21-\x7e]{1,2048}$/.test(id) ? id : undefined;
}

/** A server that could not read a request does not know its id. We do. */
function withId(error: JsonRpcMessage, message: JsonRpcMessage): JsonRpcMessage {
  const span = error.spans.get(SPAN.id);
  if (message.body.kind !== 'request' || error.body.kind !== 'response' || span === undefined) return error;
  const { id } = message.body;
  const text = spliceJson(error.text, [{ span, json: JSON.stringify(id) }]);
  return { body: { ...error.body, id }, text, spans: new Map() };
}

function httpFailure({ status, headers }: Response): RequestFailure {
  const retryAfter = headers.get('retry-after');
  const wait =
    retryAfter !== null && /^\d{1,6}$/.test(retryAfter) ? ` It asks to be tried again in ${retryAfter} s.` : '';
  const advice =
    status === 404
      ? ' Check the path of its URL.'
      : status >= 300 && status < 400
        ? ' It redirects; use that URL.'
        : wait;
  return new RequestFailure(`The server answered with HTTP ${status}.${advice}`, undefined, 'http_error');
}

function sessionOver(): RequestFailure {
  const words = 'The server has ended the session and opens no new one.';
  return new RequestFailure(words, JSON_RPC_ERRORS.sessionNotFound, 'session_over');
}
