import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A web server of an issuer, on a loopback port. */
export interface IssuerHost {
  readonly origin: string;
  /** Paths that were asked for, in order. */
  readonly asked: string[];
  /** From now on `path` is answered with this document; a number is a status; null hangs up. */
  serve(path: string, answer: object | string | number | null): void;
  close(): Promise<void>;
}

export async function startIssuerHost(): Promise<IssuerHost> {
  const answers = new Map<string, object | string | number | null>();
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    asked.push(path);
    const answer = answers.get(path) ?? 404;
    if (answers.get(path) === null) {
      request.socket.destroy();
      return;
    }
    response.statusCode = typeof answer === 'number' ? answer : 200;
    response.setHeader('connection', 'close');
    if (typeof answer === 'number') response.end();
    else response.end(typeof answer === 'string' ? answer : JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    asked,
    serve: (path, answer) => void answers.set(path, answer),
    close: () => new Promise((resolve) => void server.close(() => resolve())),
  };
}
