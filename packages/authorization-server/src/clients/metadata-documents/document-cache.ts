import type { Client, RequestContext } from '@portcullis/ports';
import { fail, type Result, succeed } from '@portcullis/protocol';
import type { AuditTrail } from '../../audit-trail.js';
import type { AuthorizationServerPorts } from '../../options.js';
import { type LimitReached, takePoint } from '../../rate-limits.js';
import type { Settings } from '../../settings.js';
import { RecentMap } from '../recent-map.js';
import { type DocumentClient, isDocumentClient } from './document-client.js';
import { type DocumentRefusal, fetchDocument } from './fetch-document.js';

const MAX_HELD_DOCUMENTS = 1000;

/** Documents at hand, and the way to those that are not. */
export interface DocumentCache {
  /** The newest there is: in memory, or as it was stored. */
  newest(clientId: string, stored: Client | undefined): DocumentClient | undefined;
  /** Whether it may be used without asking for it again. */
  isFresh(client: DocumentClient): boolean;
  /**
   * Asks the host. Requests that come meanwhile for the same client share the fetch, and each has its answer. A failure
   * is never held. The document of a client that is stored is stored again; a change of what a consent depends on is an
   * event.
   *
   * @param context - whose network the fetch is counted for; none for a client that is known already
   */
  renew(
    clientId: string,
    stored: Client | undefined,
    context: RequestContext | undefined,
  ): Promise<Result<DocumentClient, DocumentRefusal | LimitReached>>;
  /** Stores it, unless what is stored is as new. */
  keep(client: DocumentClient, context: RequestContext | undefined): Promise<void>;
}

type Renewal = Result<DocumentClient, DocumentRefusal | LimitReached>;

/**
 * At most 1000 documents in memory, in front of the stored ones. What an earlier process stored was read by its rules:
 * it is good to go on with while the host is down, and asked for afresh otherwise.
 */
export function createDocumentCache(
  ports: Pick<AuthorizationServerPorts, 'platform' | 'storage' | 'rateLimiter'> &
    Required<Pick<AuthorizationServerPorts, 'untrustedFetch'>>,
  settings: Pick<Settings, 'tenantId' | 'redirectSchemes' | 'rateLimits'>,
  trail: AuditTrail,
): DocumentCache {
  const { clock } = ports.platform;
  const { clients } = ports.storage;
  const memory = new RecentMap<DocumentClient>(MAX_HELD_DOCUMENTS);
  const underWay = new Map<string, Promise<Renewal>>();
  const startedAt = clock.nowEpochSeconds();
  const isOfOurRules = ({ document }: DocumentClient): boolean => document.fetchedAtEpochSeconds >= startedAt;

  function newest(clientId: string, stored: Client | undefined): DocumentClient | undefined {
    const held = memory.get(clientId);
    if (!isDocumentClient(stored)) return held;
    return held === undefined || isNewer(stored, held) ? stored : held;
  }

  async function keep(client: DocumentClient, context: RequestContext | undefined): Promise<void> {
    const { tenantId, clientId, clientName } = client;
    const stored = await clients.find(tenantId, clientId);
    if (isDocumentClient(stored) && (isNewer(stored, client) || isSame(stored, client))) return;
    const changed = trail.event(context, 'client.document_changed', 'allowed', { clientId, clientName });
    if ((await clients.keepDocument(client, changed)) === 'changed') trail.record(changed);
  }

  async function fetchAndHold(
    clientId: string,
    stored: Client | undefined,
    context: RequestContext | undefined,
  ): Promise<Renewal> {
    if (context !== undefined) {
      const rule = settings.rateLimits.metadataDocumentPerNetwork;
      const reached = await takePoint({ ports, settings }, rule, context.network);
      if (reached !== undefined) return fail(reached);
    }
    const held = newest(clientId, stored);
    const known = held !== undefined && isOfOurRules(held) ? held : undefined;
    const fetched = await fetchDocument(ports, settings, clientId, known);
    if (!fetched.ok) return fetched;
    const { client, mayBeKept } = fetched.value;
    if (mayBeKept) memory.set(clientId, client);
    else memory.delete(clientId);
    if (stored !== undefined) await keep(client, context);
    return succeed(client);
  }

  return {
    newest,
    isFresh: (client) => isOfOurRules(client) && client.document.freshUntilEpochSeconds > clock.nowEpochSeconds(),
    keep,
    async renew(clientId, stored, context) {
      for (let running = underWay.get(clientId); running !== undefined; running = underWay.get(clientId)) {
        const renewal = await running;
        // Whoever began it was over the limit of their network, which need not be that of this request.
        if (renewal.ok || renewal.failure.reason !== 'rate_limited') return renewal;
      }
      const renewal = fetchAndHold(clientId, stored, context).finally(() => underWay.delete(clientId));
      underWay.set(clientId, renewal);
      return renewal;
    },
  };
}

function isSame({ document: one }: DocumentClient, { document: other }: DocumentClient): boolean {
  return (
    one.fetchedAtEpochSeconds === other.fetchedAtEpochSeconds &&
    one.freshUntilEpochSeconds === other.freshUntilEpochSeconds &&
    one.fingerprint === other.fingerprint &&
    one.entityTag === other.entityTag
  );
}

function isNewer(one: DocumentClient, other: DocumentClient): boolean {
  return one.document.fetchedAtEpochSeconds > other.document.fetchedAtEpochSeconds;
}
