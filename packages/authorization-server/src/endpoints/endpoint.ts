import type { AuditEventType, RequestContext, WholeRequest, WholeResponse } from '@portcullis/ports';
import type { Core } from '../core.js';
import type { RefusalReason } from '../refusals.js';
import type { UnreadBody } from './request-body.js';

/** Answers a person's browser. */
export type PageHandler = (core: Core, request: Request, context: RequestContext) => Promise<Response>;

/** Answers a client. Whole messages, since there are many and all are small. */
export type ProtocolHandler = (core: Core, request: WholeRequest, context: RequestContext) => Promise<WholeResponse>;

/** One row of the table of endpoints. */
export type Endpoint = PageEndpoint | ProtocolEndpoint;

/** For people, never for another origin. */
export interface PageEndpoint {
  readonly path: string;
  readonly surface: 'page';
  /** HEAD is answered like GET, without the body. */
  readonly methods: Readonly<Partial<Record<'GET' | 'POST', PageHandler>>>;
  /** GET begins something, so that there is no HEAD, which begins nothing. @defaultValue false */
  readonly getStores?: boolean;
  /** The event that tells of a body nobody read. @defaultValue that of a form that is refused, `browser.refused` */
  readonly unreadBodyEvent?: AuditEventType;
}

/**
 * For clients, in JSON, from any origin and without credentials of a browser: a `document` is for anybody and
 * cacheable, `protocol` is not.
 */
export interface ProtocolEndpoint {
  readonly path: string;
  readonly surface: 'document' | 'protocol';
  readonly methods: Readonly<Partial<Record<ProtocolMethod, ProtocolHandler>>>;
  /** The event that tells of a failure here. @defaultValue that of the surface */
  readonly failureEvent?: AuditEventType;
  /** The reasons here for a body that nobody read. @defaultValue those of an OAuth request */
  readonly unreadBodyReasons?: Readonly<Record<UnreadBody, RefusalReason>>;
}

/** What clients may ask. */
export type ProtocolMethod = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** Who talks to an endpoint, and therefore how it answers. */
export type Surface = Endpoint['surface'];
