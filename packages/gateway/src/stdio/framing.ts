const LINE_BREAKS = /[\r\n]/g;
const LINE_SEPARATORS = /[\u0085\u2028\u2029]/g;

/**
 * One JSON text as one line of the stdio transport, without the LF.
 *
 * CR and LF in a valid JSON text are white space and become spaces. NEL, LINE SEPARATOR and PARAGRAPH SEPARATOR may
 * stand in a JSON string as they are, yet some line readers (Node's `readline`, Python's `splitlines`) break there: a
 * string could then carry a second message past the gate. They are escaped, which changes no value.
 */
export function formatLine(json: string): string {
  return json
    .replace(LINE_BREAKS, ' ')
    .replace(LINE_SEPARATORS, (separator) => `\\u${separator.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** One JSON text as one Server-Sent Event (WHATWG HTML §9.2). A CR would begin a new field there. */
export function formatEvent(json: string): string {
  return `event: message\ndata: ${json.replace(LINE_BREAKS, ' ')}\n\n`;
}

/** A comment that keeps a quiet stream from being taken for a dead one. */
export const KEEP_ALIVE_COMMENT = ': keep-alive\n\n';

/** What a person may be shown of a line that a server wrote to stderr: no control, format or separator characters. */
export function sanitiseLogLine(line: string): string {
  return line.replaceAll('\t', ' ').replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\uFFFD');
}
