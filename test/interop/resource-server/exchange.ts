import { request } from 'node:http';

/** What is sent: headers as pairs, so that one can come twice. */
export interface Sent {
  readonly method?: string;
  readonly target: string;
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly body?: string | Buffer;
}

/** What came back. */
export interface Answered {
  readonly status: number;
  /** The one challenge; undefined without one. */
  readonly challenge: string | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** One exchange on a connection of its own. Nothing is added, joined or followed. */
export function exchange(origin: string, sent: Sent): Promise<Answered> {
  const { hostname, port, host } = new URL(origin);
  const headers = [...(sent.headers ?? [])];
  if (!headers.some(([name]) => name.toLowerCase() === 'host')) headers.unshift(['Host', host]);
  if (sent.body !== undefined) headers.push(['Content-Length', String(Buffer.byteLength(sent.body))]);
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { hostname, port, method: sent.method ?? 'POST', path: sent.target, headers: headers.flat(), agent: false },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('error', reject);
        response.on('end', () => {
          resolve({
            status: response.statusCode ?? 0,
            challenge: response.headers['www-authenticate'],
            headers: response.headers,
            text,
          });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(sent.body);
  });
}

/** A call of a tool as revision 2026-07-28 has it, or as those before have it. */
export function toolCall(
  name: string,
  accessToken: string | undefined,
  options: { readonly legacy?: boolean; readonly target?: string; readonly meta?: object } = {},
): Sent {
  const { legacy = false, target = '/a/mcp', meta } = options;
  const version = '2026-07-28';
  const envelope = {
    'io.modelcontextprotocol/protocolVersion': version,
    'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1.0.0' },
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  return {
    target,
    headers: [
      ...(accessToken === undefined ? [] : [['Authorization', `Bearer ${accessToken}`] as const]),
      ['Content-Type', 'application/json'],
      ['Accept', 'application/json, text/event-stream'],
      ...(legacy
        ? [['MCP-Protocol-Version', '2025-11-25'] as const]
        : ([
            ['MCP-Protocol-Version', version],
            ['Mcp-Method', 'tools/call'],
            ['Mcp-Name', /^[\x21-\x7e]+$/.test(name) ? name : 'x'],
          ] as const)),
    ],
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 7,
      method: 'tools/call',
      params: { name, arguments: {}, ...(legacy ? {} : { _meta: { ...envelope, ...meta } }) },
    }),
  };
}
