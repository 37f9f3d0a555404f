import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AnsweringServer } from '@portcullis/authorization-server/node';
import type { RequestContext } from '@portcullis/ports';

/** One protected MCP endpoint, on raw Node messages: it is the hot path. */
export interface McpRoute {
  /** Answers the request in its own time; never throws. */
  handle(request: IncomingMessage, response: ServerResponse, context: RequestContext): void;
  /** Answers a request beyond the flood guard, which has recorded it, a preflight as ever, and ends the connection; never throws. */
  refuseFlood(request: IncomingMessage, response: ServerResponse, retryAfterSeconds: number): void;
}

/** A file served as it is, from the gate's own origin. */
export interface Asset {
  readonly contentType: string;
  readonly body: string;
}

/** Who answers which path. Paths are compared exactly, after {@link parseRequestTarget} let them through. */
export interface Routes {
  /** MCP endpoints by path. */
  readonly mcp: ReadonlyMap<string, McpRoute>;
  /** The page for a person who opens an MCP endpoint in a browser, as HTML. */
  humanPage(pathname: string): string | undefined;
  readonly assets: ReadonlyMap<string, Asset>;
  /** Protected resource metadata (RFC 9728) by path, as JSON texts. */
  readonly prm: ReadonlyMap<string, string>;
  readonly authorizationServer: AnsweringServer;
  /** The page at `/`, as HTML. */
  home(): string;
  /** The page for a path that nobody answers, as HTML. */
  notFound(): string;
}
