import type { EpochSeconds, Sha256, TenantId } from '@portcullis/protocol';

/** A user signed in at one browser. The cookie's value is known to the browser alone. */
export interface SignInSession {
  readonly tenantId: TenantId;
  readonly sessionHash: Sha256;
  readonly subject: string;
  readonly authenticatedAtEpochSeconds: EpochSeconds;
  readonly lastSeenAtEpochSeconds: EpochSeconds;
  /** The absolute end, whatever the use. */
  readonly expiresAtEpochSeconds: EpochSeconds;
}

/** Sign-in sessions, by the hash of their cookie. */
export interface SignInSessionStore {
  begin(session: SignInSession): Promise<void>;
  /** The live session, marked as seen now; undefined when unknown, idle for longer than `idleSeconds`, or expired. */
  use(
    tenantId: TenantId,
    sessionHash: Sha256,
    now: EpochSeconds,
    idleSeconds: number,
  ): Promise<SignInSession | undefined>;
  end(tenantId: TenantId, sessionHash: Sha256): Promise<void>;
}
