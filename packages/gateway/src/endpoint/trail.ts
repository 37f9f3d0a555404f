import type { AuditEvent, AuditEventType, AuditOutcome, AuditSink, Clock } from '@portcullis/ports';
import { boundedText } from '@portcullis/protocol';
import type { VerifiedAccessToken } from '@portcullis/resource-server';
import type { McpEndpointSettings, McpRequestContext } from './options.js';

/** Longest text of a stranger's choosing that an event carries, in UTF-16 code units. */
const MAX_TEXT = 256;

/** What an event may say beyond who, where and when. */
export type TrailDetails = Partial<
  Pick<AuditEvent, 'reason' | 'method' | 'target' | 'scopes' | 'rule' | 'detail' | 'httpStatus'>
>;

/** Writes the events of one endpoint: every decision once, with all that is known of the caller at that point. */
export class Trail {
  readonly #audit: AuditSink;
  readonly #clock: Clock;
  readonly #settings: McpEndpointSettings;

  constructor(audit: AuditSink, clock: Clock, settings: McpEndpointSettings) {
    this.#audit = audit;
    this.#clock = clock;
    this.#settings = settings;
  }

  /** Records one event. Texts are bounded here; escaping is the sink's. */
  record(
    type: AuditEventType,
    outcome: AuditOutcome,
    context: McpRequestContext,
    accessToken: VerifiedAccessToken | undefined,
    details: TrailDetails,
  ): void {
    const { tenantId, resource, upstreamName } = this.#settings;
    const event: { -readonly [Member in keyof AuditEvent]: AuditEvent[Member] } = {
      type,
      outcome,
      tenantId,
      occurredAtEpochSeconds: this.#clock.nowEpochSeconds(),
      correlationId: context.correlationId,
      network: context.network,
      resource,
      upstream: upstreamName,
      ...details,
    };
    if (details.method !== undefined) event.method = boundedText(details.method, MAX_TEXT);
    if (details.target !== undefined) event.target = boundedText(details.target, MAX_TEXT);
    if (accessToken !== undefined) {
      event.clientId = accessToken.clientId;
      event.subject = accessToken.subject;
      if (accessToken.accessTokenId !== undefined) event.accessTokenId = accessToken.accessTokenId;
      if (accessToken.grantId !== undefined) event.grantId = accessToken.grantId;
    }
    this.#audit.record(event);
  }
}
