import type { JsonObject, JsonRpcMessage } from '@portcullis/protocol';

/** The first revision without sessions: every request says which revision it is of. */
export const FIRST_MODERN_REVISION = '2026-07-28';

/** The member of `_meta` by which a request of 2026-07-28 and later names its revision. */
export const PROTOCOL_VERSION_MEMBER = 'io.modelcontextprotocol/protocolVersion';

/** Where the name that `Mcp-Name` repeats stands (MCP 2026-07-28, Streamable HTTP, Standard Headers). */
const NAMING_MEMBERS: Readonly<Record<string, 'name' | 'uri'>> = {
  'tools/call': 'name',
  'prompts/get': 'name',
  'resources/read': 'uri',
};
/** Longest name that is sent as a header. */
const MAX_NAME_LENGTH = 4096;

/**
 * The revision that a message names itself, from 2026-07-28 on. Undefined for one of before, whose revision was agreed on
 * for the session, and for a text that could not stand in a header.
 */
export function revisionOf(message: JsonRpcMessage): string | undefined {
  const { body } = message;
  const meta = body.kind === 'response' ? undefined : body.params?.['_meta'];
  if (typeof meta !== 'object' || meta === null || Array.isArray(meta)) return undefined;
  const version = (meta as JsonObject)[PROTOCOL_VERSION_MEMBER];
  return typeof version === 'string' && isRevision(version) ? version : undefined;
}

/** Whether a text can stand in `MCP-Protocol-Version`. */
export function isRevision(text: string): boolean {
  return /^[0-9A-Za-z._-]{1,32}$/.test(text);
}

/** The headers that repeat what a message of `revision` says, so that those on the way need not read it. */
export function mirrorHeaders(message: JsonRpcMessage, revision: string): Record<string, string> {
  const headers: Record<string, string> = { 'mcp-protocol-version': revision };
  const { body } = message;
  if (body.kind === 'response' || revision < FIRST_MODERN_REVISION) return headers;
  if (/^[\x21-\x7e]{1,256}$/.test(body.method)) headers['mcp-method'] = body.method;
  const member = Object.hasOwn(NAMING_MEMBERS, body.method) ? NAMING_MEMBERS[body.method] : undefined;
  const name = member === undefined ? undefined : body.params?.[member];
  if (typeof name === 'string' && name.length <= MAX_NAME_LENGTH) headers['mcp-name'] = encodeHeaderValue(name);
  return headers;
}

/** A text as the value of a header (MCP 2026-07-28, Value Encoding): as it is, or in `=?base64?…?=` where it cannot be. */
export function encodeHeaderValue(text: string): string {
  const isPlain = /^(?:[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)?$/.test(text);
  const looksEncoded = text.startsWith('=?base64?') && text.endsWith('?=');
  return isPlain && !looksEncoded ? text : `=?base64?${Buffer.from(text).toString('base64')}?=`;
}
