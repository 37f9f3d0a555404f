import { type Platform, randomSecret, type User } from '@portcullis/ports';
import type { EpochSeconds } from '@portcullis/protocol';
import { equalsInConstantTime } from '../../constant-time.js';
import type { Core } from '../../core.js';

/** How long a browser stays known after a sign-in: 180 days. */
export const KNOWN_BROWSER_SECONDS = 180 * 86_400;

const VALUE = /^(pcd_[A-Za-z0-9_-]{43})\.([1-9]\d{0,11})\.([A-Za-z0-9_-]{43})$/;

/**
 * Whether a browser has signed in as this user before, by a cookie of ours (OWASP, "Slow Down Online Guessing Attacks with Device
 * Cookies"). What comes from such a browser is counted by itself, so that nobody locks a user out of a browser of theirs by
 * guessing elsewhere. It opens nothing: the password is asked as ever.
 *
 * The cookie is bound to the user by the stored hash of their password, which has a random salt and leaves this server nowhere. So
 * nothing is stored for it, and it ends with the password and with the user.
 *
 * @param username - normalised; of nobody it is no other's browser either
 * @returns what the browser is counted by
 */
export async function findKnownBrowser(core: Core, headers: Headers, username: string): Promise<string | undefined> {
  const [, secret, expiresAt, proof] = VALUE.exec(core.cookies.readKnownBrowser(headers, username) ?? '') ?? [];
  if (secret === undefined || expiresAt === undefined || proof === undefined) return undefined;
  const { platform, storage } = core.ports;
  const ends = Number(expiresAt);
  if (ends <= platform.clock.nowEpochSeconds()) return undefined;
  const user = await storage.users.findByUsername(core.settings.tenantId, username);
  const expected = user && proofOf(platform, user, secret, ends);
  return expected !== undefined && equalsInConstantTime(proof, expected) ? platform.hash(secret) : undefined;
}

/** The `Set-Cookie` values by which a browser is known as one of this user, who just signed in there. */
export function rememberBrowser(core: Core, user: User): readonly string[] {
  const { platform } = core.ports;
  const secret = randomSecret(platform.random, 'pcd_');
  const ends = platform.clock.nowEpochSeconds() + KNOWN_BROWSER_SECONDS;
  const proof = proofOf(platform, user, secret, ends);
  if (proof === undefined) return [];
  return [core.cookies.setKnownBrowser(user.username, `${secret}.${ends}.${proof}`, KNOWN_BROWSER_SECONDS)];
}

/** Undefined for a user who signs in elsewhere. No part has a line break, so no two collide. */
function proofOf(
  { hash }: Pick<Platform, 'hash'>,
  { subject, passwordHash }: User,
  secret: string,
  ends: EpochSeconds,
): string | undefined {
  if (passwordHash === undefined) return undefined;
  return hash(['portcullis known browser', subject, secret, String(ends), hash(passwordHash)].join('\n'));
}
