import { JSON_RPC_ERRORS, type JsonRpcMessage, parseJsonRpc } from '@portcullis/protocol';
import { readEvents } from './event-stream-reader.js';
import { RequestFailure } from './request-failure.js';

/** Longest message that is taken from a server, in bytes. */
export const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;
/** The person chose the server: it may answer more than a stranger may ask. */
export const SERVER_JSON_BOUNDS = { maxDepth: 256, maxMembers: 500_000, maxElements: 2_000_000 } as const;

/** How a stream went so far, for whoever resumes it. */
export interface StreamPosition {
  lastEventId: string | undefined;
  retryMilliseconds: number | undefined;
  /** Whether anything arrived at all. */
  hasEvents: boolean;
}

/** A position at which nothing has arrived. */
export function startPosition(): StreamPosition {
  return { lastEventId: undefined, retryMilliseconds: undefined, hasEvents: false };
}

/**
 * The messages of an answer, as they arrive: one JSON document, or a stream of events. An event that is no JSON-RPC
 * message is left out, and told to `note`; a document that is none fails.
 *
 * @param position - kept up to date, so that a stream that breaks off can be resumed
 * @throws {RequestFailure}
 */
export async function* readAnswer(
  response: Response,
  position: StreamPosition,
  note: (sentence: string) => void,
): AsyncGenerator<JsonRpcMessage, void, undefined> {
  const type = mediaType(response);
  if (response.status === 202 || response.status === 204 || response.body === null) {
    await discard(response);
    return;
  }
  if (type === 'text/event-stream') {
    for await (const event of readEvents(response.body, MAX_MESSAGE_BYTES)) {
      position.hasEvents = true;
      position.lastEventId = event.id;
      position.retryMilliseconds = event.retryMilliseconds;
      if (event.data === '') continue;
      const messages = parse(event.data);
      if (messages === undefined) note('The server sent an event that is no JSON-RPC message; it was left out.');
      yield* messages ?? [];
    }
    return;
  }
  if (type !== 'application/json') {
    await discard(response);
    throw new RequestFailure('The server answered with neither JSON nor a stream of events.', undefined, 'no_json');
  }
  const messages = parse(await readBody(response, MAX_MESSAGE_BYTES));
  if (messages === undefined) {
    throw new RequestFailure(
      'The answer of the server is no JSON-RPC message.',
      JSON_RPC_ERRORS.serverError,
      'no_json_rpc',
    );
  }
  yield* messages;
}

/** The JSON-RPC error in the body of an HTTP error, where there is one. */
export async function readErrorMessage(response: Response, maxBytes: number): Promise<JsonRpcMessage | undefined> {
  if (mediaType(response) !== 'application/json' || response.body === null) {
    await discard(response);
    return undefined;
  }
  try {
    const messages = parse(await readBody(response, maxBytes));
    const [message] = messages ?? [];
    return message?.body.kind === 'response' && message.body.isError ? message : undefined;
  } catch {
    return undefined;
  }
}

/** Lets go of a body that nobody reads. */
export async function discard(response: Response): Promise<void> {
  await response.body?.cancel().catch(() => undefined);
}

function mediaType(response: Response): string {
  return (response.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

function parse(input: string | Uint8Array): readonly JsonRpcMessage[] | undefined {
  const parsed = parseJsonRpc(input, SERVER_JSON_BOUNDS);
  if (!parsed.ok) return undefined;
  return parsed.value.kind === 'single' ? [parsed.value.message] : parsed.value.messages;
}

async function readBody(response: Response, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > maxBytes) {
      throw new RequestFailure('The answer of the server is too large.', undefined, 'too_large');
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
