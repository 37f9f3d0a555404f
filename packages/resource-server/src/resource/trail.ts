import type { AuditEvent, AuditEventType, AuditOutcome } from '@portcullis/ports';
import { boundedText } from '@portcullis/protocol';
import type { VerifiedAccessToken } from '../access-token.js';
import { report } from './faults.js';
import type { ResourceSettings } from './settings.js';

/** Where a request came from, as far as its host says. */
export interface TrailContext {
  readonly network?: string | undefined;
  readonly correlationId?: string | undefined;
}

/** What an event may say beyond who, where and when. */
export type TrailDetails = Partial<
  Pick<AuditEvent, 'reason' | 'issuer' | 'method' | 'target' | 'scopes' | 'httpStatus' | 'detail'>
>;

/** Longest text of a stranger's choosing that an event carries, in UTF-16 code units. */
const MAX_TEXT = 256;

/**
 * Writes the events of one resource. Never throws, whatever the sink does.
 *
 * A token's tenant is what its issuer calls it, so an event is of the tenant that this resource was bound to, and of the
 * default one where it was not: a provider that is trusted for tokens writes into nobody else's trail. `subject`, `clientId`
 * and `grantId` mean something only together with `issuer`.
 */
export class Trail {
  readonly #settings: ResourceSettings;

  constructor(settings: ResourceSettings) {
    this.#settings = settings;
  }

  record(
    type: AuditEventType,
    outcome: AuditOutcome,
    context: TrailContext,
    accessToken: VerifiedAccessToken | undefined,
    details: TrailDetails,
  ): void {
    const { audit, platform, resource, trailTenantId, onFault } = this.#settings;
    try {
      const event: { -readonly [Member in keyof AuditEvent]: AuditEvent[Member] } = {
        type,
        outcome,
        tenantId: trailTenantId,
        occurredAtEpochSeconds: platform.clock.nowEpochSeconds(),
        resource,
        ...details,
      };
      if (details.target !== undefined) event.target = boundedText(details.target, MAX_TEXT);
      if (details.method !== undefined) event.method = boundedText(details.method, MAX_TEXT);
      if (context.network !== undefined) event.network = context.network;
      if (context.correlationId !== undefined) event.correlationId = context.correlationId;
      if (accessToken !== undefined) {
        event.issuer = accessToken.issuer;
        event.clientId = accessToken.clientId;
        event.subject = accessToken.subject;
        if (accessToken.accessTokenId !== undefined) event.accessTokenId = accessToken.accessTokenId;
        if (accessToken.grantId !== undefined) event.grantId = accessToken.grantId;
      }
      audit.record(event);
    } catch (error) {
      report(onFault, error, context.correlationId);
    }
  }
}
