import { type DestinationStream, destination, type Logger, pino, stdTimeFunctions, symbols } from 'pino';
import type { LogLevel } from './config/gateway-config.js';
import { terminalText } from './terminal-text.js';

/** How log lines are written. */
export interface LoggingOptions {
  readonly level: LogLevel;
  /** For a person at a terminal instead of a collector: one readable line each. */
  readonly pretty: boolean;
  readonly colour: boolean;
}

/**
 * The program's logger: JSON lines to standard error, which leaves standard output to the banner. Written before the
 * call returns, so that a crash loses nothing.
 *
 * @param output - where lines go. @defaultValue standard error
 */
export function createLogger(options: LoggingOptions, output: DestinationStream = standardError()): Logger {
  const stream: DestinationStream = options.pretty
    ? { write: (line) => void output.write(formatLogLine(line, options.colour)) }
    : output;
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    stream,
  );
}

function standardError(): DestinationStream {
  const stderr = destination({ fd: 2, sync: true });
  // A closed standard error is no reason to stop serving.
  stderr.on('error', () => {});
  return stderr;
}

/**
 * What the audit sink writes through; see `LogWriter` in `@portcullis/audit`. There is an event for each token, so its line is
 * put together here, in the form that `logger` has: its fields are texts, numbers and lists of texts, and pino asks of
 * each of them how it is to be written, which costs twice as much.
 */
export function createLogWriter(logger: Logger): {
  write(level: 'info' | 'warn' | 'error', fields: Readonly<Record<string, unknown>>, message: string): void;
} {
  const { [symbols.streamSym]: stream } = logger as Logger & { readonly [symbols.streamSym]: DestinationStream };
  return {
    write(level, fields, message) {
      if (!logger.isLevelEnabled(level)) return;
      const time = new Date().toISOString();
      stream.write(`${JSON.stringify({ level, time, ...fields, msg: message })}\n`);
    },
  };
}

const COLOURS: Readonly<Record<string, string>> = { warn: '\u001b[33m', error: '\u001b[31m', fatal: '\u001b[31m' };
const DIM = '\u001b[2m';
const RESET = '\u001b[0m';
// Said by the line itself, or of no use to a person watching.
const HIDDEN = new Set(['level', 'time', 'msg', 'tenantId', 'occurredAtEpochSeconds', 'type', 'outcome']);

// For collectors: on a line of what went well they only push the rest off the screen.
const HIDDEN_WHEN_WELL = new Set([
  'issuer',
  'subject',
  'grantId',
  'accessTokenId',
  'clientId',
  'resource',
  'network',
  'correlationId',
]);

/** `12:00:00 warn  mcp.request_denied  A request was refused by scope or policy  reason=… network=…` */
export function formatLogLine(line: string, colour: boolean): string {
  const entry: Record<string, unknown> = JSON.parse(line);
  const paint = (code: string, text: string): string =>
    colour && code !== '' && text !== '' ? `${code}${text}${RESET}` : text;
  const level = String(entry['level']);
  const details = Object.entries(entry)
    .filter(([name]) => !HIDDEN.has(name) && !(level === 'info' && HIDDEN_WHEN_WELL.has(name)))
    .map(([name, value]) => `${name}=${terminalText(typeof value === 'string' ? value : JSON.stringify(value), 200)}`);
  const parts = [
    paint(DIM, String(entry['time']).slice(11, 19)),
    paint(COLOURS[level] ?? '', level.padEnd(5)),
    ...(typeof entry['type'] === 'string' ? [terminalText(entry['type'])] : []),
    terminalText(String(entry['msg'] ?? '')),
    paint(DIM, details.join(' ')),
  ];
  return `${parts.filter((part) => part !== '').join('  ')}\n`;
}
