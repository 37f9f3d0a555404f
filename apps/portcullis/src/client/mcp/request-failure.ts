import { codeOfCause, OAuthClientError } from '@portcullis/client';
import { JSON_RPC_ERRORS } from '@portcullis/protocol';
import { EventTooLargeError } from './event-stream-reader.js';

/** Why a request got no answer from the server, as it is told to whoever asked: in our words, without a secret. */
export class RequestFailure extends Error {
  override readonly name = 'RequestFailure';

  constructor(
    message: string,
    /** JSON-RPC `error.code`. */
    readonly code: number = JSON_RPC_ERRORS.serverError,
    /** A word for programs, for `error.data`. */
    readonly reason: string = 'request_failed',
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Whatever was thrown while a request was under way. What a server wrote is not repeated. */
export function toRequestFailure(error: unknown): RequestFailure {
  if (error instanceof RequestFailure) return error;
  if (error instanceof OAuthClientError) return failure(error.message, error.code, error);
  if (error instanceof EventTooLargeError) return failure('The answer of the server is too large.', 'too_large', error);
  return failure(
    `The server cannot be reached, or broke off${codeOfCause(error)}. Check its URL, and whether it runs.`,
    'server_unreachable',
    error,
  );
}

function failure(message: string, reason: string, cause: unknown): RequestFailure {
  return new RequestFailure(message, JSON_RPC_ERRORS.serverError, reason, { cause });
}
