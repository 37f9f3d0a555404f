import type { RequestListener } from 'node:http';
import type { FetchHandler } from '@portcullis/ports';

/** Serves a web-standard handler with nothing around it: the least that Node needs. */
export function createWebListener(handler: FetchHandler, origin: string): RequestListener {
  return (request, response) => {
    const chunks: Uint8Array[] = [];
    request.on('data', (chunk: Uint8Array) => void chunks.push(chunk));
    request.on('end', () => {
      const { method = 'GET', url = '/' } = request;
      const body = chunks.length === 0 ? {} : { body: Buffer.concat(chunks) };
      // The raw headers keep a name that was sent twice; the handler is to see both.
      const headers = new Headers();
      for (let index = 0; index + 1 < request.rawHeaders.length; index += 2) {
        headers.append(request.rawHeaders[index] ?? '', request.rawHeaders[index + 1] ?? '');
      }
      handler(new Request(origin + url, { method, headers, ...body }), { network: '127.0.0.1', correlationId: 'bench' })
        .then(async (answer) => {
          const text = await answer.text();
          response.writeHead(answer.status, [...answer.headers].flat()).end(text);
        })
        .catch(() => response.writeHead(500).end());
    });
  };
}
