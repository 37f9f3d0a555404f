import { createServer, type IncomingHttpHeaders, request } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request through the proxy, and what was answered. */
export interface Exchange {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The body as a form, where it is one. */
  readonly form: URLSearchParams;
  /** Undefined until there is an answer, as are the members below it. */
  readonly status: number | undefined;
  readonly answerHeaders: IncomingHttpHeaders;
  /** What the answer says, where it is a JSON object. */
  readonly answer: Readonly<Record<string, unknown>>;
}

/** The public address of a gate, at which everything is written down. */
export interface RecordingProxy {
  readonly origin: string;
  /** What went through since it was last asked, in the order of arrival. */
  take(): readonly Exchange[];
  close(): Promise<void>;
}

/** Starts one on a free port of the loopback interface, in front of another port of it. */
export async function startRecordingProxy(serverPort: number): Promise<RecordingProxy> {
  let exchanges: Exchange[] = [];
  const proxy = createServer((incoming, outgoing) => {
    const { method = 'GET', url = '/', headers } = incoming;
    const exchange = {
      method,
      path: new URL(url, 'http://proxy').pathname,
      headers,
      form: new URLSearchParams(),
      status: undefined as number | undefined,
      answerHeaders: {} as IncomingHttpHeaders,
      answer: {} as Record<string, unknown>,
    };
    exchanges.push(exchange);
    const onward = request({ host: '127.0.0.1', port: serverPort, method, path: url, headers }, (answer) => {
      exchange.status = answer.statusCode;
      exchange.answerHeaders = answer.headers;
      outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        outgoing.write(chunk);
      });
      // Written down before whoever asked can know that it is over.
      answer.on('end', () => {
        if (answer.headers['content-type']?.startsWith('application/json')) {
          exchange.answer = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>;
        }
        outgoing.end();
      });
      // Whoever reads no further is one whose request ends here as well.
      outgoing.on('close', () => onward.destroy());
    });
    // Either end may be cut off when a test ends.
    onward.on('error', () => outgoing.destroy());
    const body: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => void body.push(chunk));
    incoming.on('end', () => {
      if (!headers['content-type']?.startsWith('application/x-www-form-urlencoded')) return;
      exchange.form = new URLSearchParams(Buffer.concat(body).toString());
    });
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    take() {
      const taken = exchanges;
      exchanges = [];
      return taken;
    },
    close: () =>
      new Promise((resolve) => {
        proxy.close(() => resolve());
        proxy.closeAllConnections();
      }),
  };
}
