import type { IncomingMessage } from 'node:http';
import { JSON_RPC_ERRORS, type JsonRpcPayload, parseJsonRpc } from '@portcullis/protocol';
import type { McpEndpointSettings } from './options.js';
import { badRequest, type Step } from './refusal.js';
import { checkMediaType, readBody } from './request-body.js';

/** A body as it came, and what it says. The upstream is sent the text, and not its reading (ADR 0003). */
export interface JsonRpcBody {
  readonly body: Buffer;
  readonly payload: JsonRpcPayload;
}

/** Reads the body of a POST as JSON-RPC, within the bounds of {@link readBody}. Undefined when the client went away first. */
export async function readJsonRpcBody(
  request: IncomingMessage,
  settings: McpEndpointSettings,
): Promise<Step<JsonRpcBody> | undefined> {
  const media = checkMediaType(request);
  if (!media.ok) return media;
  const body = await readBody(request, settings);
  if (body === undefined || !body.ok) return body;
  const parsed = parseJsonRpc(body.value);
  if (parsed.ok) return { ok: true, value: { body: body.value, payload: parsed.value } };
  const { code, reason } = parsed.failure;
  const words = code === JSON_RPC_ERRORS.parseError ? 'Parse error' : 'Invalid request';
  return badRequest(400, code, words, reason);
}
