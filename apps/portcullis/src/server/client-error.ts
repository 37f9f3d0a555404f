import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

const REASON_PHRASE = { 400: 'Bad Request', 408: 'Request Timeout', 431: 'Request Header Fields Too Large' } as const;

/** The status for an error of Node's HTTP parser: 431 headers beyond the bound, 408 a message that did not arrive in
 * time, 400 everything else (GW-05, GW-20). */
export function statusOfClientError(code: string | undefined): keyof typeof REASON_PHRASE {
  if (code === 'HPE_HEADER_OVERFLOW') return 431;
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 408;
  return 400;
}

/**
 * Answers a broken message and closes its connection: nothing on it can be trusted to start where it seems to.
 *
 * @param open - the answers that are due on this connection; while one has begun, nothing may be written into it
 * @returns the status sent, or undefined where the connection was only cut
 */
export function answerClientError(
  code: string | undefined,
  socket: Duplex,
  open: readonly ServerResponse[],
): keyof typeof REASON_PHRASE | undefined {
  const isAnswering = open.some(({ headersSent, writableFinished }) => headersSent && !writableFinished);
  if (code === 'ECONNRESET' || !socket.writable || isAnswering) {
    socket.destroy();
    return undefined;
  }
  const status = statusOfClientError(code);
  const head = `HTTP/1.1 ${status} ${REASON_PHRASE[status]}`;
  socket.end(`${head}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy());
  return status;
}
