import type { User } from '@portcullis/ports';
import type { EpochSeconds } from '@portcullis/protocol';
import type { Core } from '../core.js';
import { isClientSubject } from '../grants/client-subject.js';
import type { PresentedCookies } from './browser-cookies.js';

/** A user whose sign-in session is alive. */
export interface SignedInUser {
  readonly user: User;
  readonly authenticatedAtEpochSeconds: EpochSeconds;
}

/** Whose browser this is, if anybody is signed in and still exists. Marks the session as used. */
export async function findSignedInUser(core: Core, cookies: PresentedCookies): Promise<SignedInUser | undefined> {
  if (cookies.session === undefined) return undefined;
  const { platform, storage } = core.ports;
  const { tenantId, lifetimes } = core.settings;
  const session = await storage.signInSessions.use(
    tenantId,
    platform.hash(cookies.session),
    platform.clock.nowEpochSeconds(),
    lifetimes.sessionIdleSeconds,
  );
  const user = session && (await storage.users.findBySubject(tenantId, session.subject));
  if (session === undefined || user === undefined || user.disabled || isClientSubject(user.subject)) return undefined;
  return { user, authenticatedAtEpochSeconds: session.authenticatedAtEpochSeconds };
}
