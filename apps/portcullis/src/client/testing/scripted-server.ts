import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request, as it arrived. */
export interface SeenRequest {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The JSON-RPC message in the body; empty where there is none. */
  readonly message: { readonly id?: unknown; readonly method?: string; readonly params?: Record<string, unknown> };
}

/** An MCP server that answers as a test says. */
export interface ScriptedServer {
  readonly url: URL;
  readonly seen: SeenRequest[];
  /** Answers one request. */
  script: (request: SeenRequest, response: ServerResponse) => void;
  /** Requests by method, or by JSON-RPC method. */
  requests(method: string): readonly SeenRequest[];
  close(): Promise<void>;
}

/** Starts one on a free port. Until a test says otherwise, it answers every request with an empty result. */
export async function startScriptedServer(): Promise<ScriptedServer> {
  const seen: SeenRequest[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => void chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const isJson = request.headers['content-type'] === 'application/json';
      const one = {
        method: request.method ?? '',
        headers: request.headers,
        body,
        message: isJson && body !== '' ? (JSON.parse(body) as SeenRequest['message']) : {},
      };
      seen.push(one);
      scripted.script(one, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const scripted: ScriptedServer = {
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`),
    seen,
    script: ({ method, message }, response) => {
      if (method === 'GET') return void response.writeHead(405).end();
      if (message.id === undefined) return void response.writeHead(202).end();
      answerJson(response, { jsonrpc: '2.0', id: message.id, result: {} });
    },
    requests: (method) => seen.filter((one) => one.method === method || one.message.method === method),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return scripted;
}

/** A JSON answer. */
export function answerJson(
  response: ServerResponse,
  json: unknown,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(json));
}

/** The start of a stream of events. */
export function startEvents(response: ServerResponse, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', ...headers }).flushHeaders();
}

/** One event. */
export function sendEvent(response: ServerResponse, message: unknown, id?: string): void {
  response.write(`${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(message)}\n\n`);
}
