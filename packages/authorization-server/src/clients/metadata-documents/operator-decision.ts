import type { ClientApprovalStore } from '@portcullis/ports';
import type { ClientIdUrl, TenantId } from '@portcullis/protocol';
import type { MetadataDocumentOptions } from '../../options.js';
import { judgeHost } from './trusted-hosts.js';

/** Where a client stands with the operator: let in, shut out, waiting for a decision, or not asked about yet. */
export type OperatorStanding = 'in' | 'out' | 'waits' | 'unasked';

/**
 * What the operator says of a client: the list of denied hosts, then a decision on this very client, then the other
 * lists. A denial of the client counts everywhere; an approval, where the lists leave the host open.
 *
 * | host      | denied | approved | waits | no decision |
 * | --------- | ------ | -------- | ----- | ----------- |
 * | denied    | out    | out      | out   | out         |
 * | allowed   | out    | in       | in    | in          |
 * | to ask of | out    | in       | waits | unasked     |
 */
export async function standingOf(
  url: ClientIdUrl,
  options: MetadataDocumentOptions,
  approvals: ClientApprovalStore,
  tenantId: TenantId,
): Promise<OperatorStanding> {
  const judgement = judgeHost(url.host, options);
  if (judgement === 'deny') return 'out';
  const decision = await approvals.find(tenantId, url.clientId);
  if (decision?.status === 'denied') return 'out';
  if (judgement === 'allow' || decision?.status === 'approved') return 'in';
  return decision === undefined ? 'unasked' : 'waits';
}
