import type { AuditEventType, RequestContext } from '@portcullis/ports';
import type { Core } from '../core.js';

/** Answers one request. */
export type EndpointHandler = (core: Core, request: Request, context: RequestContext) => Promise<Response>;

/**
 * Who talks to an endpoint, and therefore how it answers: `document` to anybody, cacheable; `protocol` to clients, in
 * JSON, from any origin and without credentials of a browser; `page` to people, never to another origin.
 */
export type Surface = 'document' | 'protocol' | 'page';

/** One row of the table of endpoints. */
export interface Endpoint {
  readonly path: string;
  readonly surface: Surface;
  readonly methods: Readonly<Partial<Record<'GET' | 'POST', EndpointHandler>>>;
  /** The event that tells of a failure here. @defaultValue that of the surface */
  readonly failureEvent?: AuditEventType;
}
