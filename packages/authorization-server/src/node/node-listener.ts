import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { networkOf, type RequestContext } from '@portcullis/ports';
import { reportFault } from '../report-fault.js';
import { answerNodeRequest, type HostedServer } from './answer-request.js';
import { checkHostOptions, type HostOptions, originOf } from './host-options.js';
import { refuseForeignTarget, splitTarget } from './request-target.js';

/** What {@link nodeListener} takes. */
export interface NodeListenerOptions extends HostOptions<IncomingMessage> {
  /** Serves what is none of the server's paths. @defaultValue 404 */
  readonly elsewhere?: (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;
  /**
   * Takes what was thrown by `elsewhere` or `describe`; what is thrown inside the server goes to the `onFault` of that. Called
   * once the request is answered; what it throws itself, at once or later, is dropped. @defaultValue nobody
   */
  readonly onFault?: (error: unknown) => void | Promise<void>;
}

const OPTION_NAMES: readonly (keyof NodeListenerOptions)[] = ['describe', 'elsewhere', 'onFault'];

/**
 * A listener for `node:http` that answers the paths of an authorization server, which takes bodies of 16 KiB. What is
 * above 64 KiB or takes longer than 10 s is not read, and the connection ends. Whatever is thrown is answered with 500 and no word of why; an answer that has begun breaks off.
 *
 * Without `describe` the network is that of the socket's peer, and so of a proxy where one stands before it. Headers are
 * bounded by Node (`maxHeaderSize`); nothing here limits how many requests come.
 *
 * @throws {ConfigurationError} where `server` is none, and for an option that there is not or that is no function
 *
 * @example
 * ```ts
 * createServer(nodeListener(server)).listen(8443);
 * ```
 */
export function nodeListener(server: HostedServer, options: NodeListenerOptions = {}): RequestListener {
  const origin = originOf(server, 'nodeListener');
  checkHostOptions(options, OPTION_NAMES, 'nodeListener');
  const { describe = describePeer, elsewhere = answerNotFound } = options;

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = splitTarget(request.url ?? '/');
    const { pathname, search } = target;
    if (!server.handles(pathname)) return elsewhere(request, response);
    if (refuseForeignTarget(target, request, response)) return;
    return answerNodeRequest(server, request, response, { pathname, search, origin, context: describe(request) });
  }

  return (request, response) => {
    serve(request, response).catch((error: unknown) => {
      answerFault(request, response);
      reportFault(options.onFault, error);
    });
  };
}

function answerFault({ httpVersionMajor }: IncomingMessage, response: ServerResponse): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  // HTTP/2 knows no header of a connection (RFC 9113 §8.2.2).
  const closing = httpVersionMajor === 1 ? { Connection: 'close' } : {};
  response.writeHead(500, { 'Cache-Control': 'no-store', 'Content-Length': 0, ...closing }).end();
}

function describePeer(request: IncomingMessage): RequestContext {
  return { network: networkOf(request.socket.remoteAddress), correlationId: crypto.randomUUID() };
}

function answerNotFound(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(404, { 'Content-Length': 0 }).end();
}
