import type { IncomingMessage } from 'node:http';
import { JSON_RPC_ERRORS } from '@portcullis/protocol';
import type { McpEndpointSettings } from './options.js';
import { badRequest, type Step } from './refusal.js';

/** `application/json`, alone or with the one charset that JSON has (RFC 8259 §8.1, §11). */
const JSON_MEDIA_TYPE = /^application\/json[\t ]*(?:;[\t ]*charset=(?:"utf-8"|utf-8)[\t ]*)?$/i;
/** In each idle window at least this much must arrive, or the body counts as trickling. */
const MIN_BYTES_PER_WINDOW = 64 * 1024;

/** Refuses bodies that the gate could not inspect whole: other media types, content codings, transfer codings. */
export function checkMediaType(request: IncomingMessage): Step<undefined> {
  const { headers } = request;
  const { invalidRequest } = JSON_RPC_ERRORS;
  if (!JSON_MEDIA_TYPE.test(headers['content-type'] ?? '')) {
    return badRequest(415, invalidRequest, 'Send application/json', 'content_type_not_json');
  }
  const coding = headers['content-encoding'];
  // An empty list of codings is none (RFC 9110 §8.4).
  if (coding !== undefined && !/^(?:identity)?$/i.test(coding)) {
    return badRequest(415, invalidRequest, 'Send the body without a content coding', 'content_encoding', {
      // Which codings are taken (§12.5.3).
      headers: { 'accept-encoding': 'identity' },
    });
  }
  const transfer = headers['transfer-encoding'];
  if (transfer !== undefined && transfer.toLowerCase() !== 'chunked') {
    return badRequest(415, invalidRequest, 'Send the body without a transfer coding', 'transfer_encoding');
  }
  return { ok: true, value: undefined };
}

/** Refuses a body where the method has none, so that no bytes stay unread behind a long answer. */
export function checkNoBody(request: IncomingMessage): Step<undefined> {
  const { 'content-length': length, 'transfer-encoding': transfer } = request.headers;
  if (transfer === undefined && (length === undefined || length === '0')) return { ok: true, value: undefined };
  return badRequest(400, JSON_RPC_ERRORS.invalidRequest, 'This method takes no body', 'body_not_allowed', {
    closeConnection: true,
  });
}

/**
 * Reads the whole body, up to `maxBodyBytes` (413) and no slower than 64 KiB per `bodyIdleMilliseconds` (408).
 * Undefined when the client went away first. Nothing of a refused body is kept.
 */
export function readBody(
  request: IncomingMessage,
  settings: Pick<McpEndpointSettings, 'maxBodyBytes' | 'bodyIdleMilliseconds'>,
): Promise<Step<Buffer> | undefined> {
  const { maxBodyBytes, bodyIdleMilliseconds } = settings;
  // Gone while the token was looked at: neither `end` nor `close` will be told any more.
  if (request.destroyed) return Promise.resolve(undefined);
  if (Number(request.headers['content-length'] ?? 0) > maxBodyBytes) return Promise.resolve(tooLarge());
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    let sizeAtWindowStart = 0;
    // Most bodies came whole with their head, and need no watch.
    const timer = request.complete ? undefined : setInterval(checkProgress, bodyIdleMilliseconds);

    function checkProgress(): void {
      if (size - sizeAtWindowStart < MIN_BYTES_PER_WINDOW) settle(tooSlow());
      sizeAtWindowStart = size;
    }
    function settle(outcome: Step<Buffer> | undefined): void {
      clearInterval(timer);
      request.removeListener('data', onData);
      request.removeListener('end', onEnd);
      request.removeListener('close', onClose);
      resolve(outcome);
    }
    function onData(chunk: Buffer): void {
      size += chunk.length;
      if (size > maxBodyBytes) {
        settle(tooLarge());
        return;
      }
      chunks.push(chunk);
    }
    function onEnd(): void {
      const [only] = chunks;
      settle({ ok: true, value: chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, size) });
    }
    function onClose(): void {
      settle(undefined);
    }
    request.on('data', onData);
    request.on('end', onEnd);
    request.on('close', onClose);
  });
}

function tooLarge(): Step<Buffer> {
  return badRequest(413, JSON_RPC_ERRORS.invalidRequest, 'The body is too large', 'body_too_large', {
    closeConnection: true,
  });
}

function tooSlow(): Step<Buffer> {
  return badRequest(408, JSON_RPC_ERRORS.invalidRequest, 'The body did not arrive in time', 'body_too_slow', {
    closeConnection: true,
  });
}
