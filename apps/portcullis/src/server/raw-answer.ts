import type { Duplex } from 'node:stream';

const REASON_PHRASE = {
  400: 'Bad Request',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
} as const;

/** What is answered where Node gives no response to write on. */
export type RawStatus = keyof typeof REASON_PHRASE;

/** Writes an answer without a body on a connection, dated (RFC 9110 §6.6.1), and ends it. A header whose value is undefined is
 * left out. */
export function endWithAnswer(
  socket: Duplex,
  status: RawStatus,
  headers: Readonly<Record<string, string | undefined>>,
): void {
  const lines = Object.entries({
    Date: new Date().toUTCString(),
    ...headers,
    Connection: 'close',
    'Content-Length': '0',
  })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${REASON_PHRASE[status]}\r\n${lines.join('')}\r\n`, () => socket.destroy());
}
