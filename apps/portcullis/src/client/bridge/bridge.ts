import { formatLine, LineReader } from '@portcullis/gateway/stdio-lines';
import { formatJsonRpcError, JSON_RPC_ERRORS, type JsonRpcMessage, type JsonRpcRequest } from '@portcullis/protocol';
import type { McpConnection } from '../mcp/mcp-connection.js';
import { revisionOf } from '../mcp/message-headers.js';
import { toRequestFailure } from '../mcp/request-failure.js';
import { InFlight, type InFlightRequest } from './in-flight.js';
import { MAX_LINE_BYTES, readLine } from './read-line.js';

/** The side of the program that speaks stdio. */
export interface BridgeStreams {
  readonly input: AsyncIterable<Buffer>;
  /** One JSON-RPC message, without its line end. Resolves when there is room for more. */
  write(line: string): Promise<void>;
  /** A sentence for a person, beside the protocol. */
  note(sentence: string): void;
}

/** How much goes on at once, and how it ends. */
export interface BridgeOptions {
  /** Ends the bridge at once. */
  readonly signal: AbortSignal;
  /** Requests under way. What comes beyond is refused, not queued. @defaultValue 64 */
  readonly maxRequests?: number;
  /** How long answers under way are waited for when the input has ended. @defaultValue 10 */
  readonly drainSeconds?: number;
}

/** Notifications and responses on their way; the input waits beyond that. */
const MAX_DELIVERIES = 64;

/**
 * Bridges stdio to an MCP server, line by line: each line becomes one POST, each message that comes back one line. The
 * text of a message is left as it is. A request that fails gets a JSON-RPC error, so that nobody waits for ever. Resolves
 * when the input has ended and answers under way are written, or when `signal` is aborted.
 */
export async function runBridge(
  connection: McpConnection,
  streams: BridgeStreams,
  options: BridgeOptions,
): Promise<void> {
  const { maxRequests = 64, drainSeconds = 10 } = options;
  const inFlight = new InFlight();
  const deliveries = new Set<Promise<void>>();
  const ending = new AbortController();
  const everything = AbortSignal.any([options.signal, ending.signal]);
  let listener: Promise<void> | undefined;

  const write = (text: string): Promise<void> => streams.write(formatLine(text));

  /** A response is passed on once, and to a request that waits for it: whatever else a server makes up is left out. */
  async function take(message: JsonRpcMessage): Promise<void> {
    const { body } = message;
    if (body.kind === 'response') {
      const request = inFlight.get(body.id);
      if (request === undefined || request.isAnswered) {
        streams.note('The server answered a request that nobody waits for; it was left out.');
        return;
      }
      request.isAnswered = true;
      if (request.isCancelled) return;
    }
    await write(message.text);
  }

  async function ask(message: JsonRpcMessage, request: InFlightRequest): Promise<void> {
    try {
      await connection.send(message, take, AbortSignal.any([everything, request.abort.signal]));
    } catch (error) {
      if (request.isAnswered || request.isCancelled || everything.aborted) return;
      request.isAnswered = true;
      const failure = toRequestFailure(error);
      streams.note(failure.message);
      await write(formatJsonRpcError(request.id, failure.code, failure.message, { reason: failure.reason }));
    }
  }

  async function startRequest(message: JsonRpcMessage, body: JsonRpcRequest): Promise<void> {
    const { id, method } = body;
    if (inFlight.has(id)) {
      await write(formatJsonRpcError(null, JSON_RPC_ERRORS.invalidRequest, 'The id is of a request under way'));
      return;
    }
    if (inFlight.size >= maxRequests) {
      const words = `More than ${maxRequests} requests at once`;
      await write(formatJsonRpcError(id, JSON_RPC_ERRORS.serverError, words, { reason: 'too_many_requests' }));
      return;
    }
    const isModern = revisionOf(message) !== undefined;
    const abort = new AbortController();
    const request: InFlightRequest = {
      id,
      method,
      isModern,
      abort,
      isCancelled: false,
      isAnswered: false,
      done: Promise.resolve(),
    };
    inFlight.add(request);
    request.done = ask(message, request).finally(() => inFlight.delete(id));
    // What follows belongs to the session that this opens.
    if (method === 'initialize') await request.done;
  }

  async function deliver(message: JsonRpcMessage): Promise<void> {
    try {
      await connection.send(message, take, everything);
    } catch (error) {
      if (!everything.aborted) streams.note(toRequestFailure(error).message);
    }
  }

  async function handle(message: JsonRpcMessage): Promise<void> {
    const { body } = message;
    if (body.kind === 'request') return startRequest(message, body);
    let cancelled: InFlightRequest | undefined;
    if (body.kind === 'notification' && body.method === 'notifications/cancelled') {
      cancelled = inFlight.get(requestIdOf(body.params));
      if (cancelled !== undefined) cancelled.isCancelled = true;
      // From 2026-07-28 on the end of the stream is what cancels; the notification is for stdio alone.
      if (cancelled?.isModern === true) return cancelled.abort.abort();
    }
    const delivery = deliver(message).finally(() => {
      deliveries.delete(delivery);
      // The server has been told, and owes no answer: nothing waits for one.
      cancelled?.abort.abort();
    });
    deliveries.add(delivery);
    const isInitialized = body.kind === 'notification' && body.method === 'notifications/initialized';
    if (isInitialized) {
      // Requests that follow must not overtake it.
      await delivery;
      listener ??= connection.listen(take, everything);
    } else if (deliveries.size >= MAX_DELIVERIES) {
      await Promise.race(deliveries);
    }
  }

  async function readAll(): Promise<void> {
    let lines: { readonly line: Buffer; readonly isCut: boolean }[] = [];
    const reader = new LineReader(MAX_LINE_BYTES, (line, isCut) => void lines.push({ line, isCut }));
    const handleLines = async (): Promise<void> => {
      const taken = lines;
      lines = [];
      for (const { line, isCut } of taken) {
        const read = readLine(line, isCut);
        if (read.kind === 'message') await handle(read.message);
        if (read.kind === 'unreadable') await write(formatJsonRpcError(read.id, read.code, read.words));
      }
    };
    for await (const chunk of streams.input) {
      reader.push(chunk);
      await handleLines();
    }
    reader.end();
    await handleLines();
    // A subscription is answered when it ends, which nobody waits for.
    const answers = inFlight.all().filter(({ method }) => method !== 'subscriptions/listen');
    await within(drainSeconds, Promise.all([...answers.map(({ done }) => done), ...deliveries]));
  }

  const stopped = new Promise<void>((resolve) => {
    if (options.signal.aborted) resolve();
    else options.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  try {
    await Promise.race([readAll(), stopped]);
  } finally {
    ending.abort();
    await listener;
    await connection.close();
  }
}

function requestIdOf(params: JsonRpcRequest['params']): string | number | null {
  const id = params?.['requestId'];
  return typeof id === 'string' || typeof id === 'number' ? id : null;
}

async function within(seconds: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, seconds * 1000);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}
