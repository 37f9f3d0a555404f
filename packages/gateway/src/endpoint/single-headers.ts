import { JSON_RPC_ERRORS } from '@portcullis/protocol';
import { badRequest, type Step } from './refusal.js';

/** Headers that decide something and therefore occur once, and whether a second one is MCP's header mismatch. */
const SINGLE_HEADERS = new Map([
  ['content-type', false],
  ['content-encoding', false],
  ['content-length', false],
  ['transfer-encoding', false],
  ['origin', false],
  ['last-event-id', false],
  ['mcp-session-id', false],
  ['mcp-protocol-version', true],
  ['mcp-method', true],
  ['mcp-name', true],
]);

const OK: Step<undefined> = { ok: true, value: undefined };

/**
 * Refuses a request in which a header that decides something occurs twice. Node would join the two or keep the first,
 * and the upstream might read the other one.
 *
 * @param rawHeaders - names and values in turn, as they came
 */
export function checkSingleHeaders(rawHeaders: readonly string[]): Step<undefined> {
  let seen: string[] | undefined;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase() ?? '';
    const isMirrored = SINGLE_HEADERS.get(name);
    if (isMirrored === undefined) continue;
    if (seen?.includes(name)) {
      return isMirrored
        ? badRequest(400, JSON_RPC_ERRORS.headerMismatch, 'Header mismatch: a header occurs twice', 'duplicate_header')
        : badRequest(400, JSON_RPC_ERRORS.invalidRequest, 'A header occurs twice', 'duplicate_header');
    }
    seen ??= [];
    seen.push(name);
  }
  return OK;
}
