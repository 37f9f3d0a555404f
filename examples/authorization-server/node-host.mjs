import { randomUUID } from 'node:crypto';

const MAX_BODY_BYTES = 64 * 1024;

/**
 * Carries requests of `node:http` to the authorization server. Clients are answered by `answerWhole`, which costs least;
 * people by `fetch`, whose pages are web-standard messages. URLs come from `origin`, never from the `Host` header.
 */
export function createNodeListener(server, origin, assets) {
  return async (incoming, outgoing) => {
    try {
      await serve(server, origin, assets, incoming, outgoing);
    } catch (error) {
      console.error(error);
      if (!outgoing.headersSent) outgoing.writeHead(500);
      outgoing.end();
    }
  };
}

async function serve(server, origin, assets, incoming, outgoing) {
  const target = incoming.url ?? '/';
  const queryAt = target.indexOf('?');
  const pathname = queryAt < 0 ? target : target.slice(0, queryAt);
  const search = queryAt < 0 ? '' : target.slice(queryAt);
  const asset = assets.get(pathname);
  if (asset !== undefined) {
    outgoing.writeHead(200, { 'content-type': asset.contentType, 'x-content-type-options': 'nosniff' });
    outgoing.end(asset.body);
    return;
  }
  if (!server.handles(pathname)) {
    outgoing.writeHead(404).end();
    return;
  }
  const body = await readBody(incoming);
  if (body === undefined) {
    outgoing.writeHead(413, { connection: 'close' }).end();
    return;
  }

  const { method } = incoming;
  const headers = new Headers();
  // The raw ones: Node drops a second `Authorization`, and the server is to see that there were two.
  for (let at = 0; at < incoming.rawHeaders.length; at += 2) {
    headers.append(incoming.rawHeaders[at], incoming.rawHeaders[at + 1]);
  }
  // Behind a proxy this is the proxy; rate limits want the network of the client. Of an IPv6 address, take the /64.
  const context = { network: incoming.socket.remoteAddress ?? 'unknown', correlationId: randomUUID() };
  const whole = await server.answerWhole(
    { method, pathname, search, body, header: (name) => headers.get(name) },
    context,
  );
  if (whole !== undefined) {
    outgoing.writeHead(whole.status, whole.headers);
    outgoing.end(method === 'HEAD' ? undefined : whole.body);
    return;
  }

  const hasBody = method !== 'GET' && method !== 'HEAD';
  const request = new Request(origin + target, { method, headers, ...(hasBody ? { body } : {}) });
  const page = await server.fetch(request, context);
  for (const [name, value] of page.headers) if (name !== 'set-cookie') outgoing.setHeader(name, value);
  const cookies = page.headers.getSetCookie();
  if (cookies.length > 0) outgoing.setHeader('set-cookie', cookies);
  outgoing.writeHead(page.status);
  outgoing.end(new Uint8Array(await page.arrayBuffer()));
}

/** The body, or undefined where it is longer than any form or registration. */
async function readBody(incoming) {
  const chunks = [];
  let length = 0;
  for await (const chunk of incoming) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}
