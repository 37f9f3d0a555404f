import type { ClientApproval, Platform, Storage } from '@portcullis/ports';
import { DEFAULT_TENANT, parseClientIdUrl } from '@portcullis/protocol';
import { ProgramError, usageError } from '../program-error.js';
import type { SuggestCommand } from '../suggest-command.js';
import { terminalText } from '../terminal-text.js';
import { isoTime } from './format-table.js';
import { managementEvent, managementRevocation } from './management-event.js';

/** What the acts on clients that wait for the operator need. */
export interface ApprovalPorts {
  readonly clients: Storage['clients'];
  readonly clientApprovals: Storage['clientApprovals'];
  readonly platform: Platform;
  readonly suggest: SuggestCommand;
}

/** A client that waits, or waited, as it is listed. */
export interface ApprovalView {
  readonly clientId: string;
  readonly clientName: string;
  readonly status: ClientApproval['status'];
  /** ISO 8601. */
  readonly requestedAt: string;
  /** ISO 8601. */
  readonly decidedAt?: string;
}

/** Clients that wait for a decision, oldest first; with `all`, those decided on as well. */
export async function listApprovals(
  { clientApprovals }: ApprovalPorts,
  all: boolean,
): Promise<readonly ApprovalView[]> {
  const found = await clientApprovals.list(DEFAULT_TENANT);
  return found
    .filter(({ status }) => all || status === 'pending')
    .map(({ clientId, clientName, status, requestedAtEpochSeconds, decidedAtEpochSeconds }) => ({
      clientId,
      clientName,
      status,
      requestedAt: isoTime(requestedAtEpochSeconds),
      ...(decidedAtEpochSeconds === undefined ? {} : { decidedAt: isoTime(decidedAtEpochSeconds) }),
    }));
}

/**
 * Lets a client in whose id is the URL of its document.
 *
 * @returns whether it is known: it waits or was decided on, or came when nobody had to be asked. One whose request was forgotten,
 *   or made room for others, is as if it had never asked
 * @throws {ProgramError} when it is no such URL
 */
export async function approveClient(ports: ApprovalPorts, clientId: string): Promise<boolean> {
  const { clients, clientApprovals } = ports;
  const isKnown =
    (await clientApprovals.find(DEFAULT_TENANT, clientId)) !== undefined ||
    (await clients.find(DEFAULT_TENANT, clientId)) !== undefined;
  await decide(ports, clientId, 'approved');
  return isKnown;
}

/**
 * Shuts a client out. What it was given before ends: the client is forgotten, with its grants and access tokens.
 *
 * @returns whether there was something to end
 * @throws {ProgramError} when it is no URL of a document
 */
export async function denyClient(ports: ApprovalPorts, clientId: string): Promise<boolean> {
  // Denied first: what is removed after it cannot come back in between.
  await decide(ports, clientId, 'denied');
  const removed = managementEvent(ports.platform, 'client.removed', { clientId });
  const revocation = managementRevocation(ports.platform);
  return (await ports.clients.remove(DEFAULT_TENANT, clientId, revocation, removed)) === 'removed';
}

/** What was taken back. */
export interface ForgottenApproval {
  /** Of the client until now: `pending` is a request, the others are decisions. */
  readonly status: ClientApproval['status'];
  /** Whether the client was let in at some time: what it was given stays. */
  readonly isKnown: boolean;
}

/**
 * Takes a decision back, or a request out of the queue: a client asks anew where the operator is asked. What it was given stays.
 *
 * @throws {ProgramError} when it is no URL of a document, or there is nothing to forget
 */
export async function forgetDecision(ports: ApprovalPorts, clientId: string): Promise<ForgottenApproval> {
  requireDocumentUrl(ports, clientId);
  const { platform, clients, clientApprovals } = ports;
  const event = managementEvent(platform, 'client.decision_forgotten', { clientId });
  const status = (await clientApprovals.find(DEFAULT_TENANT, clientId))?.status;
  const isKnown = (await clients.find(DEFAULT_TENANT, clientId)) !== undefined;
  const outcome = await clientApprovals.forget(DEFAULT_TENANT, clientId, event);
  if (status !== undefined && outcome === 'forgotten') return { status, isKnown };
  throw new ProgramError(
    `nothing was decided on ${terminalText(clientId)}; see ${ports.suggest('clients pending --all')}`,
  );
}

function requireDocumentUrl({ suggest }: ApprovalPorts, clientId: string): void {
  if (parseClientIdUrl(clientId).ok) return;
  throw usageError(`give the URL of the client metadata document, as ${suggest('clients pending --all')} shows it`);
}

async function decide(ports: ApprovalPorts, clientId: string, status: 'approved' | 'denied'): Promise<void> {
  requireDocumentUrl(ports, clientId);
  const { platform, clientApprovals } = ports;
  const event = managementEvent(platform, status === 'approved' ? 'client.approved' : 'client.denied', { clientId });
  await clientApprovals.decide(DEFAULT_TENANT, clientId, status, platform.clock.nowEpochSeconds(), event);
}
