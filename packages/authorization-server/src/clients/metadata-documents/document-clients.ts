import type { RequestContext } from '@portcullis/ports';
import {
  type ClientIdUrl,
  type EpochSeconds,
  fail,
  parseClientIdUrl,
  type Result,
  succeed,
} from '@portcullis/protocol';
import type { AuditTrail } from '../../audit-trail.js';
import type { AuthorizationServerPorts } from '../../options.js';
import type { LimitReached } from '../../rate-limits.js';
import type { Settings } from '../../settings.js';
import { ClientUnavailableError } from '../client-unavailable-error.js';
import { RecentMap } from '../recent-map.js';
import { createOperator, type Operator, type OperatorRefusal } from './ask-operator.js';
import { createDocumentCache } from './document-cache.js';
import type { DocumentClient } from './document-client.js';
import { type DocumentRefusal, isPassing } from './fetch-document.js';
import { standingOf } from './operator-decision.js';
import { denyingOption, judgeHost } from './trusted-hosts.js';

/** How long a client that is known goes on with its last document while its host is down. */
const LAST_RESORT_SECONDS = 86_400;

/** A client that is known is not asked about more often, whatever its host says of being kept and however it fails. */
const RENEWAL_PAUSE_SECONDS = 60;

const MAX_REMEMBERED_FAILURES = 1000;

/** Why a client that a document describes may not begin an authorization. */
export type DocumentAdmissionFailure =
  | OperatorRefusal
  | { readonly reason: 'document_refused'; readonly refusal: DocumentRefusal }
  | LimitReached;

/** A renewal that failed. Until the pause is over, its reason is the answer. */
interface FailedRenewal {
  readonly refusal: DocumentRefusal;
  readonly atEpochSeconds: EpochSeconds;
}

/** A client whose document is good, and that nobody objects to. */
export interface AdmittedDocumentClient {
  readonly client: DocumentClient;
  /** Nobody let it in either: the operator is to be asked first. */
  readonly needsOperator: boolean;
}

/** Clients whose id is the URL of a document that describes them. */
export interface DocumentClients {
  /** A client that begins an authorization: its document has to be fresh, and the operator must not object. */
  admit(
    url: ClientIdUrl,
    stored: DocumentClient | undefined,
    context: RequestContext,
  ): Promise<Result<AdmittedDocumentClient, DocumentAdmissionFailure>>;
  readonly askOperator: Operator['ask'];
  /**
   * A client that is stored: with its document renewed where that is due and its host answers, which is asked once a
   * minute at most, however old the document is. It goes on with what is held until 24 hours after that was fetched.
   * Undefined when the operator has shut it out since, or when the document is that old and its host said, when it was
   * last asked, that there is none any more.
   *
   * @throws {ClientUnavailableError} when the document is that old and its host could not be reached when it was last asked
   */
  find(stored: DocumentClient): Promise<DocumentClient | undefined>;
  /** Stores a client that was admitted, once there is more than its word: a request of it was accepted. */
  keep(client: DocumentClient, context: RequestContext): Promise<void>;
}

/** Undefined where the feature is off. */
export function createDocumentClients(
  ports: Pick<AuthorizationServerPorts, 'platform' | 'storage' | 'rateLimiter' | 'untrustedFetch'>,
  settings: Pick<Settings, 'tenantId' | 'metadataDocuments' | 'redirectSchemes' | 'rateLimits'>,
  trail: AuditTrail,
): DocumentClients | undefined {
  const { platform, storage, untrustedFetch } = ports;
  const { tenantId, metadataDocuments } = settings;
  if (metadataDocuments === undefined || untrustedFetch === undefined) return undefined;
  const cache = createDocumentCache({ ...ports, untrustedFetch }, settings, trail);
  /** Why a client that is known could not be renewed the last time, and when that was. */
  const failures = new RecentMap<FailedRenewal>(MAX_REMEMBERED_FAILURES);
  const standing = (url: ClientIdUrl) => standingOf(url, metadataDocuments, storage.clientApprovals, tenantId);

  return {
    keep: cache.keep,
    askOperator: createOperator(ports, settings, trail).ask,

    async admit(url, stored, context) {
      const before = await standing(url);
      if (before === 'out') {
        const isOfHost = judgeHost(url.host, metadataDocuments) === 'deny';
        const detail = isOfHost ? denyingOption(url.host, metadataDocuments) : 'the operator denied this client';
        return fail({ reason: 'client_shut_out', detail });
      }
      if (before === 'waits') return fail({ reason: 'client_waits_for_operator' });
      const held = cache.newest(url.clientId, stored);
      const renewal =
        held !== undefined && cache.isFresh(held) ? succeed(held) : await cache.renew(url.clientId, stored, context);
      if (!renewal.ok) {
        const { failure } = renewal;
        return fail(failure.reason === 'rate_limited' ? failure : { reason: 'document_refused', refusal: failure });
      }
      return succeed({ client: renewal.value, needsOperator: before === 'unasked' });
    },

    async find(stored) {
      const { clientId } = stored;
      const url = parseClientIdUrl(clientId);
      if (!url.ok || (await standing(url.value)) !== 'in') return undefined;
      const held = cache.newest(clientId, stored) ?? stored;
      const now = platform.clock.nowEpochSeconds();
      const isRecent = (time: number): boolean => time > now - RENEWAL_PAUSE_SECONDS;
      if (cache.isFresh(held) || isRecent(held.document.fetchedAtEpochSeconds)) return held;
      const failed = failures.get(clientId);
      if (failed !== undefined && isRecent(failed.atEpochSeconds)) return goOnWithout(failed.refusal, held, now);

      const renewal = await cache.renew(clientId, stored, undefined);
      if (renewal.ok) return renewal.value;
      const { failure } = renewal;
      // No network is counted here, so none is over its limit.
      if (failure.reason === 'rate_limited') return held;
      // All who waited for this fetch have the one failure, which is one event.
      if (failures.get(clientId)?.refusal !== failure) {
        failures.set(clientId, { refusal: failure, atEpochSeconds: now });
        trail.record(trail.event(undefined, 'client.document_refused', 'failed', { ...failure, clientId }));
      }
      return goOnWithout(failure, held, now);
    },
  };
}

/** What a client is whose document could not be renewed: what is held, or nothing once that is too old. */
function goOnWithout(refusal: DocumentRefusal, held: DocumentClient, now: EpochSeconds): DocumentClient | undefined {
  if (held.document.fetchedAtEpochSeconds > now - LAST_RESORT_SECONDS) return held;
  if (!isPassing(refusal)) return undefined;
  throw new ClientUnavailableError('The document cannot be fetched');
}
