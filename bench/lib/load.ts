import { Agent, request as sendRequest } from 'node:http';
import type { LoadRequest } from './benchmark.js';

/** What every answer has to be. */
export interface Expected {
  readonly status: number;
  readonly text: string;
}

/** An answer that was not the expected one. The run it belongs to is void. */
export class UnexpectedAnswer extends Error {
  override readonly name = 'UnexpectedAnswer';
}

/**
 * Sends every request once, `concurrency` at a time over connections that stay open.
 *
 * @throws UnexpectedAnswer for the first answer that is not as it should be
 */
export async function sendAll(
  port: number,
  requests: readonly LoadRequest[],
  concurrency: number,
  expected: Expected,
): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency, noDelay: true });
  let next = 0;
  const work = async (): Promise<void> => {
    for (let request = requests[next++]; request !== undefined; request = requests[next++]) {
      await send(agent, port, request, expected);
    }
  };
  try {
    await Promise.all(Array.from({ length: concurrency }, work));
  } finally {
    agent.destroy();
  }
}

function send(agent: Agent, port: number, request: LoadRequest, expected: Expected): Promise<void> {
  const { method, path, body } = request;
  const headers = { ...request.headers, 'content-length': Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const sent = sendRequest({ agent, host: '127.0.0.1', port, method, path, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => {
        if (response.statusCode === expected.status && text.includes(expected.text)) resolve();
        else reject(new UnexpectedAnswer(`${method} ${path}: ${response.statusCode} ${text.slice(0, 200)}`));
      });
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
