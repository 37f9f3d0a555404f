import type { IncomingMessage } from 'node:http';
import { fail, type Result, succeed } from '@portcullis/protocol';

/** Bounds on a body that is read as a whole. */
export interface BodyLimits {
  readonly maxBytes: number;
  /** For the whole body, so that a byte now and then does not keep it open. */
  readonly deadlineMilliseconds: number;
}

/** Why no body came: more than the limit, too slow, or the client went away. */
export type BodyFailure = 'too_large' | 'too_slow' | 'aborted';

/** Reads a request's body. On `too_large` and `too_slow` the rest is still on its way: answer and close. */
export function readBody(request: IncomingMessage, limits: BodyLimits): Promise<Result<Buffer, BodyFailure>> {
  if (Number(request.headers['content-length'] ?? 0) > limits.maxBytes) return Promise.resolve(fail('too_large'));
  // Most bodies came in the packet of their headers: nothing to wait for, nothing to time.
  if (request.complete && request.readableLength <= limits.maxBytes) {
    const body: Buffer | null = request.read();
    return Promise.resolve(succeed(body ?? Buffer.alloc(0)));
  }
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const timer = setTimeout(() => settle(fail('too_slow')), limits.deadlineMilliseconds);
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      if (size > limits.maxBytes) settle(fail('too_large'));
      else chunks.push(chunk);
    };
    const onEnd = (): void => settle(succeed(Buffer.concat(chunks, size)));
    const onGone = (): void => settle(fail('aborted'));

    function settle(result: Result<Buffer, BodyFailure>): void {
      clearTimeout(timer);
      request.off('data', onData).off('end', onEnd).off('close', onGone);
      if (!result.ok) request.pause();
      resolve(result);
    }
    // The error listener stays: a broken upload after the answer is nobody's concern, but unhandled it ends the process.
    request.on('data', onData).on('end', onEnd).on('close', onGone).on('error', onGone);
  });
}
