import type { EpochSeconds, TenantId } from '@portcullis/protocol';
import type { AuditEvent } from '../audit.js';

/** Whether the operator lets a client in that the lists of domains leave open. */
export type ApprovalStatus = 'pending' | 'approved' | 'denied';

/** A client that waits for the operator, or waited. */
export interface ClientApproval {
  readonly tenantId: TenantId;
  /** The URL of its Client ID Metadata Document. */
  readonly clientId: string;
  /** As the document said when it was asked for; a claim. */
  readonly clientName: string;
  readonly status: ApprovalStatus;
  readonly requestedAtEpochSeconds: EpochSeconds;
  readonly decidedAtEpochSeconds: EpochSeconds | undefined;
}

/** How many clients of a tenant wait for the operator at a time. */
export interface ApprovalLimits {
  readonly total: number;
  /** Whose documents lie on one host, whatever the port. */
  readonly perHost: number;
}

/** The queue of clients that wait for the operator. */
export interface ClientApprovalStore {
  /**
   * How it stands with a client, which is put in the queue where it is not. `full` is the answer when as many of its
   * host wait as may. When as many wait altogether, the oldest of the host that most wait for makes room, and is as if
   * it had never asked: see `findPlaceInQueue`. The event is written only when the client is new to the queue.
   */
  request(
    approval: Pick<ClientApproval, 'tenantId' | 'clientId' | 'clientName'>,
    limits: ApprovalLimits,
    now: EpochSeconds,
    event: AuditEvent,
  ): Promise<ApprovalStatus | 'full'>;
  find(tenantId: TenantId, clientId: string): Promise<ClientApproval | undefined>;
  /** Oldest request first. */
  list(tenantId: TenantId): Promise<readonly ClientApproval[]>;
  /** Decides, also for a client that never asked and for one that was decided on before. */
  decide(
    tenantId: TenantId,
    clientId: string,
    status: 'approved' | 'denied',
    now: EpochSeconds,
    event: AuditEvent,
  ): Promise<void>;
  /** Takes a decision back, or a request out of the queue: as if the client had never asked. The event is written only where
   * there was one. */
  forget(tenantId: TenantId, clientId: string, event: AuditEvent): Promise<'forgotten' | 'unknown'>;
}
