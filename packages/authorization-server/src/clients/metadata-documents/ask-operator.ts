import type { ApprovalLimits, RequestContext, User } from '@portcullis/ports';
import type { AuditTrail } from '../../audit-trail.js';
import type { AuthorizationServerPorts } from '../../options.js';
import type { Settings } from '../../settings.js';
import type { DocumentClient } from './document-client.js';

/** Users can name any number of documents. An operator reads a list of these, and hosts have more than one seldom. */
const WAITING_CLIENTS: ApprovalLimits = { total: 1000, perHost: 5 };

/** Why a client is not let in though its document is good. */
export type OperatorRefusal =
  | { readonly reason: 'client_waits_for_operator' | 'approval_queue_full' }
  | { readonly reason: 'client_shut_out'; readonly detail: ShutOutBy };

/** What shuts a client out: an option for its host, or the decision on this very client. For the trail. */
export type ShutOutBy = 'deniedHosts' | 'otherHosts' | 'the operator denied this client';

/** The way to put a client before the operator. */
export interface Operator {
  /**
   * Puts a client before the operator, where they have not decided on it. Undefined when they have let it in.
   *
   * @param asker - the user who wants to let it act, for the trail: nobody else may ask
   */
  ask(
    client: DocumentClient,
    asker: Pick<User, 'subject' | 'username'>,
    context: RequestContext,
  ): Promise<OperatorRefusal | undefined>;
}

/** The operator behind `Storage.clientApprovals`. */
export function createOperator(
  { platform, storage }: Pick<AuthorizationServerPorts, 'platform' | 'storage'>,
  { tenantId }: Pick<Settings, 'tenantId'>,
  trail: AuditTrail,
): Operator {
  return {
    async ask({ clientId, clientName }, { subject, username }, context) {
      const details = { clientId, clientName, subject, username };
      const event = trail.event(context, 'client.approval_requested', 'refused', details);
      const now = platform.clock.nowEpochSeconds();
      const asked = { tenantId, clientId, clientName };
      switch (await storage.clientApprovals.request(asked, WAITING_CLIENTS, now, event)) {
        case 'approved':
          return undefined;
        case 'denied':
          return { reason: 'client_shut_out', detail: 'the operator denied this client' };
        case 'pending':
          trail.record(event);
          return { reason: 'client_waits_for_operator' };
        case 'full':
          return { reason: 'approval_queue_full' };
      }
    },
  };
}
