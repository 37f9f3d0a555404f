import type { IncomingHttpHeaders } from 'node:http';

/** The forms in which a client takes an answer. At least one of the two. */
export interface AnswerForms {
  readonly json: boolean;
  readonly eventStream: boolean;
}

/**
 * Reads `Accept` as MCP uses it (Streamable HTTP: a client lists both `application/json` and `text/event-stream`).
 *
 * An event stream goes only to a client that names it; everyone else, a client without the header included, gets JSON.
 * Quality values are not weighed.
 */
export function parseAnswerForms(headers: IncomingHttpHeaders): AnswerForms {
  const ranges = (headers.accept ?? '').split(',').map((range) => (range.split(';')[0] ?? '').trim().toLowerCase());
  const eventStream = ranges.includes('text/event-stream');
  const json = ranges.includes('application/json') || ranges.includes('application/*') || ranges.includes('*/*');
  return { json: json || !eventStream, eventStream };
}
