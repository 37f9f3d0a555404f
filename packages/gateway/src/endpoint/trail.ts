import type { AuditEvent, AuditEventType, AuditOutcome, AuditSink, Clock } from '@portcullis/ports';
import { boundedText, type JsonRpcPayload } from '@portcullis/protocol';
import type { VerifiedAccessToken } from '@portcullis/resource-server';
import type { McpCall } from '../upstream/upstream.js';
import type { McpEndpointSettings, McpRequestContext } from './options.js';
import type { Refusal } from './refusal.js';

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

  /** Records a refusal: as one that failed where the fault is not the caller's. */
  refused(refusal: Refusal, context: McpRequestContext, accessToken: VerifiedAccessToken | undefined): void {
    const outcome = refusal.status >= 500 ? 'failed' : 'refused';
    const details = { reason: refusal.reason, httpStatus: refusal.status, ...refusal.details };
    this.record(refusal.event, outcome, context, accessToken, details);
  }

  /** Records what goes to the upstream: each message of a body, or the method of a request without one. */
  allowed(
    {
      httpMethod,
      payload,
    }: { readonly httpMethod: McpCall['httpMethod']; readonly payload: JsonRpcPayload | undefined },
    context: McpRequestContext,
    accessToken: VerifiedAccessToken,
  ): void {
    if (payload === undefined) {
      this.record('mcp.request_allowed', 'allowed', context, accessToken, { method: httpMethod });
      return;
    }
    const messages = payload.kind === 'single' ? [payload.message] : payload.messages;
    for (const { body } of messages) {
      const target = this.#settings.policy.targetOf(body);
      const method = body.kind === 'response' ? 'response' : body.method;
      const details = target === undefined ? { method } : { method, target };
      this.record('mcp.request_allowed', 'allowed', context, accessToken, details);
    }
  }
}
