import type { McpCall } from '../upstream/upstream.js';

/** What a client's request may tell the upstream, beside MCP's own headers. Everything else stays at the gate. */
const FORWARDED = new Set(['accept', 'content-type', 'last-event-id', 'user-agent', 'traceparent']);
const MCP_PREFIX = 'mcp-';
/**
 * MCP headers that are not the client's to send: the session id it holds is sealed, and `mcp-init-host` steers another
 * gateway that may stand behind this one.
 */
const WITHHELD = new Set(['mcp-session-id', 'mcp-init-host']);
/** Headers that belong to one connection, or that the forwarding itself sets. */
const NOT_CONFIGURABLE = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'mcp-session-id',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
const NAME = /^[a-z0-9!#$%&'*+.^_`|~-]+$/;
const VALUE = /^[\t\x20-\x7e]*$/;

/** Headers from configuration, checked once. They win over the client's. */
export interface ConfiguredHeaders {
  readonly names: ReadonlySet<string>;
  /** Names and values in turn. */
  readonly list: readonly string[];
}

/**
 * Checks headers that the operator configured for the upstream.
 *
 * @throws {RangeError} naming the header, never its value, when it is malformed or belongs to the connection
 */
export function parseConfiguredHeaders(headers: Readonly<Record<string, string>>): ConfiguredHeaders {
  const names = new Set<string>();
  const list: string[] = [];
  for (const [given, value] of Object.entries(headers)) {
    const name = given.toLowerCase();
    if (!NAME.test(name) || !VALUE.test(value)) throw new RangeError(`The header "${given}" is malformed`);
    if (NOT_CONFIGURABLE.has(name)) throw new RangeError(`The header "${given}" cannot be configured`);
    if (names.has(name)) throw new RangeError(`The header "${given}" is configured twice`);
    names.add(name);
    list.push(name, value);
  }
  return { names, list };
}

/**
 * The headers that the upstream sees, names and values in turn: an allow-list of the client's, the upstream's own
 * session id, and what is configured. The access token, cookies, proofs and forwarding headers are not on the list, in
 * whatever spelling they come.
 */
export function buildUpstreamHeaders(call: McpCall, configured: ConfiguredHeaders): string[] {
  const list = configured.list.slice();
  const { headers } = call;
  for (const name in headers) {
    const value = headers[name];
    if (typeof value !== 'string' || configured.names.has(name)) continue;
    if (FORWARDED.has(name) || (name.startsWith(MCP_PREFIX) && !WITHHELD.has(name))) list.push(name, value);
  }
  if (call.sessionId !== undefined) list.push('mcp-session-id', call.sessionId);
  return list;
}
