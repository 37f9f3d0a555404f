import { networkOf, type RequestContext } from '@portcullis/ports';
import { ConfigurationError } from '../configuration-error.js';
import { answerNodeRequest, type HostedServer } from '../node/answer-request.js';
import { checkHostOptions, type HostOptions, originOf } from '../node/host-options.js';
import { refuseForeignTarget, splitTarget } from '../node/request-target.js';

type NodeRequest = Parameters<typeof answerNodeRequest>[1];
type NodeResponse = Parameters<typeof answerNodeRequest>[2];

/** The parts of an Express request that are used. */
export type ExpressRequest = NodeRequest & {
  /** The target as it was sent, wherever the handler is mounted. */
  readonly originalUrl: string;
  /** Where the handler is mounted; empty for the whole application. */
  readonly baseUrl?: string | undefined;
  /** The client by the application's `trust proxy`. */
  readonly ip?: string | undefined;
};

/**
 * Express middleware that answers the paths of an authorization server and leaves every other request to whoever comes
 * next: `app.use(expressHandler(server))`. For the whole application, since metadata lie at the root
 * (RFC 8414 §3.1), and before every body parser: it reads bodies itself, for the server of 16 KiB
 * at most: what is above 64 KiB or takes longer than 10 s is not read, and the connection ends. A body
 * that somebody has read goes to `next` as a {@link ConfigurationError}, and so does a request for one of the server's paths
 * below another path, where the handler is mounted there.
 *
 * Paths are compared with what the client sent: what a middleware writes over `request.url`, and settings such as
 * `case sensitive routing`, change nothing. Without `describe` the network is that of `request.ip`, so `trust proxy`
 * has to name the proxies, and no more of them than there are. What is thrown goes to `next`.
 *
 * @throws {ConfigurationError} where `server` is none, and for an option that there is not or that is no function
 */
export function expressHandler<Request extends ExpressRequest = ExpressRequest>(
  server: HostedServer,
  options: HostOptions<Request> = {},
): (request: Request, response: NodeResponse, next: (error?: unknown) => void) => void {
  const origin = originOf(server, 'expressHandler');
  checkHostOptions(options, ['describe'] satisfies (keyof HostOptions<Request>)[], 'expressHandler');
  const { describe = describeClient } = options;
  return (request, response, next) => {
    const target = splitTarget(request.originalUrl);
    const { pathname, search } = target;
    if (!server.handles(pathname)) {
      next(isMisplaced(server, pathname, request.baseUrl) ? misuse(MISPLACED) : undefined);
      return;
    }
    if (refuseForeignTarget(target, request, response)) return;
    if (request.readableDidRead) {
      next(misuse('the body has been read; put it before every body parser'));
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

const MISPLACED =
  'it is mounted at a path that is not in the issuer; mount it for the whole application: app.use(expressHandler(server))';

/** Whether the path would be one of the server's without the part that Express was told to mount the handler at. */
function isMisplaced(server: HostedServer, pathname: string, mountedAt = ''): boolean {
  return mountedAt !== '' && pathname.startsWith(mountedAt) && server.handles(pathname.slice(mountedAt.length));
}

/** For whoever puts the application together. Its stack leads nowhere, and Express's own page would show it to a client. */
function misuse(what: string): ConfigurationError {
  const error = new ConfigurationError(`expressHandler: ${what}`);
  error.stack = `${error.name}: ${error.message}`;
  return error;
}

function describeClient({ ip }: ExpressRequest): RequestContext {
  return { network: networkOf(ip), correlationId: crypto.randomUUID() };
}
