import {
  base64Url,
  type Client,
  type DeviceAnswer,
  type RequestContext,
  type RequestedTransaction,
} from '@portcullis/ports';
import { consentedTo } from '../clients/client-fingerprint.js';
import type { Core } from '../core.js';
import type { Approval } from './issue-code.js';

/** A transaction that a device waits for. */
export interface DeviceTransaction {
  readonly transaction: RequestedTransaction;
  /** The one of the transaction. */
  readonly answer: DeviceAnswer;
  readonly client: Client;
}

/**
 * Ends a transaction by letting its device have tokens. False where the transaction or the device code ended otherwise, or its
 * user, its client or the connection between the two was taken away meanwhile.
 *
 * The caller has noted the user on the transaction, as for `issueCode`, and has seen since then that they are signed in still:
 * a device gets its tokens from here on, whatever the browser is told.
 */
export async function approveDevice(
  core: Core,
  context: RequestContext,
  { transaction, answer, client }: DeviceTransaction,
  { signedIn, scopes }: Approval,
): Promise<boolean> {
  const { platform, storage } = core.ports;
  const { tenantId, transactionHash, resource } = transaction;
  const { subject, username } = signedIn.user;
  const { clientId, clientName } = client;
  const now = platform.clock.nowEpochSeconds();
  const approval = {
    subject,
    scopes,
    authenticatedAtEpochSeconds: signedIn.authenticatedAtEpochSeconds,
    grantId: base64Url(platform.random.bytes(16)),
  };
  const described = consentedTo(client, platform.hash);
  const consent = { tenantId, subject, clientId, resource, scopes, ...described, grantedAtEpochSeconds: now };
  const { grantId } = approval;
  const details = { clientId, clientName, subject, username, grantId, resource, scopes };
  const event = core.trail.event(context, 'device.approved', 'allowed', details);
  await storage.transactions.approve(tenantId, transactionHash, scopes, now);
  const outcome = await storage.transactions.approveDevice(tenantId, transactionHash, approval, consent, now, event);
  if (outcome === 'refused') return false;
  // Of a form that was sent twice the store takes one, and answers both alike.
  const device = await storage.deviceCodes.find(tenantId, answer.deviceCodeHash);
  if (device?.approval?.grantId === grantId) core.trail.record(event);
  return true;
}
