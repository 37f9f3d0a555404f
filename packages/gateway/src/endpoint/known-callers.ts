import type { TenantId } from '@portcullis/protocol';
import type { VerifiedAccessToken } from '@portcullis/resource-server';
import { type Caller, callerKey } from '../upstream/upstream.js';
import type { SessionSealer } from './sealed-session.js';

/** A sealed session id that opened, and the upstream's own id inside. */
export interface PresentedSession {
  readonly presented: string;
  readonly sessionId: string;
}

/** What follows from an access token alone, worked out once. */
export interface KnownCaller {
  readonly caller: Caller;
  /** {@link callerKey} of the caller. */
  readonly key: string;
  /** The session this token opened last: most clients have one, and it opens the same every time. */
  lastSession: PresentedSession | undefined;
}

/** The session of a sealed id, if it is this caller's. */
export function openSession(
  sessions: SessionSealer,
  presented: string,
  known: KnownCaller,
): PresentedSession | undefined {
  if (known.lastSession?.presented === presented) return known.lastSession;
  const sessionId = sessions.open(presented, known.caller);
  if (sessionId === undefined) return undefined;
  known.lastSession = { presented, sessionId };
  return known.lastSession;
}

/** Remembers {@link KnownCaller}s for as long as the verifier remembers their token, and not longer. */
export class KnownCallers {
  readonly #tenantId: TenantId;
  readonly #known = new WeakMap<VerifiedAccessToken, KnownCaller>();

  /** @param tenantId - whose endpoint it is; a token of another tenant never gets here */
  constructor(tenantId: TenantId) {
    this.#tenantId = tenantId;
  }

  of(accessToken: VerifiedAccessToken): KnownCaller {
    const known = this.#known.get(accessToken);
    if (known !== undefined) return known;
    const { issuer, subject, clientId } = accessToken;
    const caller: Caller = { tenantId: this.#tenantId, issuer, subject, clientId };
    const fresh: KnownCaller = { caller, key: callerKey(caller), lastSession: undefined };
    this.#known.set(accessToken, fresh);
    return fresh;
  }
}
