import { parseUrl } from '@portcullis/protocol';
import type { ApprovalLimits, ClientApproval } from './client-approvals.js';

/** A client that waits for the operator, as far as its place is concerned. */
export type WaitingClient = Pick<ClientApproval, 'clientId' | 'requestedAtEpochSeconds'>;

/** Whether one more may wait: there is room, or it takes the place of another one, or its host has all it may have. */
export type PlaceInQueue =
  | { readonly place: 'free' | 'none' }
  | { readonly place: 'of_another'; readonly clientId: string };

/**
 * Finds a place among those that wait. Strangers name hosts and paths as they like, so whoever names many is held to
 * `perHost`, and a full queue refuses nobody: the host that most wait for loses the one that has waited longest. Of hosts
 * that as many wait for, it is the one whose first has waited longest.
 *
 * A host is the name without the port, which costs whoever has the name nothing. One rule for every store.
 */
export function findPlaceInQueue(
  waiting: readonly WaitingClient[],
  clientId: string,
  limits: ApprovalLimits,
): PlaceInQueue {
  const byHost = new Map<string, WaitingClient[]>();
  for (const one of [...waiting].sort(byTime)) {
    const host = hostOf(one.clientId);
    const ofHost = byHost.get(host);
    if (ofHost === undefined) byHost.set(host, [one]);
    else ofHost.push(one);
  }
  if ((byHost.get(hostOf(clientId))?.length ?? 0) >= limits.perHost) return { place: 'none' };
  if (waiting.length < limits.total) return { place: 'free' };
  // Sorting keeps the order of what is equal, which is that of the first of each host.
  const [crowd = []] = [...byHost.values()].sort((one, other) => other.length - one.length);
  const [first] = crowd;
  return first === undefined ? { place: 'none' } : { place: 'of_another', clientId: first.clientId };
}

function byTime(one: WaitingClient, other: WaitingClient): number {
  const later = one.requestedAtEpochSeconds - other.requestedAtEpochSeconds;
  return later || (one.clientId < other.clientId ? -1 : 1);
}

/** What is no URL with a host is alone at its own. */
function hostOf(clientId: string): string {
  return parseUrl(clientId)?.hostname || clientId;
}
