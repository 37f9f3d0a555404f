import { networkOf, type RequestContext } from '@portcullis/ports';
import { answerNodeRequest, type HostedServer } from '../node/answer-request.js';
import { type HostOptions, splitTarget } from '../node/host-options.js';

type NodeRequest = Parameters<typeof answerNodeRequest>[1];
type NodeResponse = Parameters<typeof answerNodeRequest>[2];

/** The parts of an Express request that are used. */
export type ExpressRequest = NodeRequest & {
  /** The target as it was sent, wherever the handler is mounted. */
  readonly originalUrl: string;
  /** The client by the application's `trust proxy`. */
  readonly ip?: string | undefined;
};

/**
 * Express middleware that answers the paths of an authorization server and leaves every other request to whoever comes
 * next: `app.use(expressHandler(server))`. For the whole application, since metadata lie at the root
 * (RFC 8414 §3.1), and before every body parser: it reads bodies itself, of 16 KiB at most that come within 10 s. One
 * that somebody has read goes to `next` as an error.
 *
 * Paths are compared with what the client sent: what a middleware writes over `request.url`, and settings such as
 * `case sensitive routing`, change nothing. Without `describe` the network is that of `request.ip`, so `trust proxy`
 * has to name the proxies, and no more of them than there are. What is thrown goes to `next`.
 */
export function expressHandler<Request extends ExpressRequest = ExpressRequest>(
  server: HostedServer,
  options: HostOptions<Request> = {},
): (request: Request, response: NodeResponse, next: (error?: unknown) => void) => void {
  const { origin } = new URL(server.issuer);
  const { describe = describeClient } = options;
  return (request, response, next) => {
    const { pathname, search } = splitTarget(request.originalUrl);
    if (!server.handles(pathname)) {
      next();
      return;
    }
    if (request.readableDidRead) {
      next(new TypeError('expressHandler: the body has been read; put it before every body parser'));
      return;
    }
    try {
      const call = { pathname, search, origin, context: describe(request) };
      answerNodeRequest(server, request, response, call).catch(next);
    } catch (error) {
      next(error);
    }
  };
}

function describeClient({ ip }: ExpressRequest): RequestContext {
  return { network: networkOf(ip), correlationId: crypto.randomUUID() };
}
