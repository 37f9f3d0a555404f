import { request } from 'node:http';

/** What a process answered. */
export interface Posted {
  readonly status: number;
  /** The body, where it is JSON. */
  readonly body: Readonly<Record<string, unknown>>;
}

/**
 * Posts to one process of several that serve under one public origin, over a connection of its own. Rejects where the
 * connection ends before the answer does.
 */
export function postTo(
  port: number,
  publicOrigin: string,
  path: string,
  body: string,
  headers: Readonly<Record<string, string>> = { 'content-type': 'application/x-www-form-urlencoded' },
): Promise<Posted> {
  const { host } = new URL(publicOrigin);
  return new Promise((resolve, reject) => {
    const options = {
      host: '127.0.0.1',
      port,
      path,
      method: 'POST',
      agent: false,
      headers: { ...headers, host },
    } as const;
    const sent = request(options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: parse(text) }));
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

function parse(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}
