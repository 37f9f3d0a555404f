import type {
  AuditEventType,
  AuditOutcome,
  AuditSink,
  Clock,
  RevocationKind,
  RevocationMark,
  RevocationMarkStore,
} from '@portcullis/ports';
import {
  clientOfSubject,
  type EpochSeconds,
  type JsonObject,
  type JsonValue,
  type TenantId,
} from '@portcullis/protocol';
import type { VerifiedAccessToken } from './access-token.js';
import { createHeldMarks } from './held-marks.js';

/** Knows which access tokens were revoked, as of at most a moment ago. */
export interface RevocationFollower {
  /** Loads all live marks; resolves when they are held. Then follows. @throws when the first load fails */
  start(): Promise<void>;
  stop(): void;
  isRevoked(accessToken: VerifiedAccessToken): boolean;
  /** Nothing was heard for longer than `blindAfterMilliseconds`: a revocation may have been missed. */
  isBlind(): boolean;
  /** Called after new marks arrived. Returns what ends the calls. */
  onChange(listener: () => void): () => void;
}

/** How {@link createRevocationFollower} follows. */
export interface RevocationFollowerOptions {
  readonly tenantId: TenantId;
  readonly store: Pick<RevocationMarkStore, 'after'>;
  readonly clock: Clock;
  readonly audit: AuditSink;
  /** @defaultValue 1000 */
  readonly pollMilliseconds?: number;
  /** @defaultValue 5000 */
  readonly blindAfterMilliseconds?: number;
}

/** By how many seconds the time may have gone on more than the polls are apart, before it counts as set. */
const JUMP_SECONDS = 5;

/**
 * Follows the revocation marks of one tenant by the last one it saw. What the store has lost since (a standby that was behind
 * took over, a backup was restored) stays dead here, and what it has instead is heard of: all of it is answered then, and
 * that is told, unless the store has none left at all. All is
 * asked for also where the time jumped, either way: by a wrong time the store answers too few, and none of them again later.
 * A mark is looked up per request, whether or not the token was found in a cache: evicting a cached token would not revoke
 * it, for the next miss would verify it again.
 */
export function createRevocationFollower(options: RevocationFollowerOptions): RevocationFollower {
  const pollMilliseconds = options.pollMilliseconds ?? 1000;
  const blindAfterMilliseconds = options.blindAfterMilliseconds ?? 5000;
  const marks = createHeldMarks();
  const listeners = new Set<() => void>();
  let last: RevocationMark | 0 = 0;
  /** What time it was at the last poll, answered or not, and when that was on the monotonic clock. */
  let polled: { readonly now: EpochSeconds; readonly at: number } | undefined;
  /** On the monotonic clock, so that a stepped wall clock neither blinds nor hides blindness. */
  let heardAt = Number.NEGATIVE_INFINITY;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stopped = false;
  let wasBlind = false;

  function isBlind(): boolean {
    return performance.now() - heardAt > blindAfterMilliseconds;
  }

  function hasJumped(now: EpochSeconds): boolean {
    const before = polled;
    const at = performance.now();
    polled = { now, at };
    if (before === undefined) return false;
    const passed = now - before.now;
    return passed < 0 || passed - (at - before.at) / 1000 > JUMP_SECONDS;
  }

  async function poll(): Promise<void> {
    const now = options.clock.nowEpochSeconds();
    // Until it is answered: a poll that fails leaves the next one to ask for all.
    if (hasJumped(now)) last = 0;
    const seen = last;
    const answered = await options.store.after(options.tenantId, seen, now);
    if (seen !== 0 && isLost(seen, answered, now)) record('revocation.lost', 'failed');
    heardAt = performance.now();
    last = answered.at(-1) ?? last;
    const isNews = marks.add(answered);
    marks.forget(now);
    if (isNews) for (const listener of listeners) listener();
  }

  function noteBlindness(): void {
    const blind = isBlind();
    if (blind === wasBlind) return;
    wasBlind = blind;
    if (blind) record('revocation.blind', 'failed');
    else record('revocation.recovered', 'allowed');
  }

  function record(type: AuditEventType, outcome: AuditOutcome): void {
    const { tenantId, clock } = options;
    options.audit.record({ type, outcome, tenantId, occurredAtEpochSeconds: clock.nowEpochSeconds() });
  }

  function schedule(): void {
    if (stopped) return;
    timer = setTimeout(async () => {
      try {
        await poll();
      } catch {
        // Not hearing is noticed below; the next poll asks again from the same mark on.
      }
      noteBlindness();
      schedule();
    }, pollMilliseconds);
    // A follower alone keeps no process alive (Node); other runtimes have no such method.
    (timer as { unref?: () => void }).unref?.();
  }

  function isMarked(tenantId: TenantId, kind: RevocationKind, value: string | undefined, issuedAt: number): boolean {
    return value !== undefined && marks.covers(tenantId, kind, value, issuedAt);
  }

  return {
    async start() {
      await poll();
      schedule();
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
    isRevoked(accessToken) {
      const { tenantId, issuedAtEpochSeconds: issuedAt } = accessToken;
      // A token without a tenant is of an issuer that leaves no marks here.
      if (marks.isEmpty() || tenantId === undefined) return false;
      return (
        isMarked(tenantId, 'grant', accessToken.grantId, issuedAt) ||
        isMarked(tenantId, 'subject', accessToken.subject, issuedAt) ||
        isMarked(tenantId, 'client', accessToken.clientId, issuedAt) ||
        clientsBefore(accessToken).some((clientId) => isMarked(tenantId, 'client', clientId, issuedAt)) ||
        isMarked(tenantId, 'key', accessToken.keyId, issuedAt) ||
        isMarked(tenantId, 'tenant', tenantId, issuedAt)
      );
    },
    isBlind,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Whether the store has not got the mark any more that was seen last and is alive: it answers from the beginning then. */
function isLost(seen: RevocationMark, [first]: readonly RevocationMark[], now: EpochSeconds): boolean {
  return seen.expiresAtEpochSeconds > now && first !== undefined && first.sequence <= seen.sequence;
}

const NOBODY: readonly string[] = [];

/**
 * Every client that an access token went through before the one it was issued to: the one in whose name it is, and those that
 * acted by token exchange (`act`, RFC 8693 §4.1). Whoever removes one of them means what came through it. Most tokens are
 * of a person and never exchanged, and every request asks.
 */
function clientsBefore({ subject, claims }: VerifiedAccessToken): readonly string[] {
  const inWhoseName = clientOfSubject(subject);
  if (inWhoseName === undefined && claims['act'] === undefined) return NOBODY;
  const clientIds = inWhoseName === undefined ? [] : [inWhoseName];
  for (let actor = claims['act']; isObject(actor); actor = actor['act']) {
    const { sub, iss } = actor;
    // With an issuer it is somebody of an identity provider, whatever they are called.
    const acting = iss === undefined && typeof sub === 'string' ? clientOfSubject(sub) : undefined;
    if (acting !== undefined) clientIds.push(acting);
  }
  return clientIds;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
