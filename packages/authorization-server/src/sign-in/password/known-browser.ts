import { type Platform, randomSecret, type User } from '@portcullis/ports';
import type { EpochSeconds } from '@portcullis/protocol';
import type { SentCookie } from '../../consent/browser-cookies.js';
import { equalsInConstantTime } from '../../constant-time.js';
import type { Core } from '../../core.js';

/** How long a browser stays known after a sign-in: 180 days. */
export const KNOWN_BROWSER_SECONDS = 180 * 86_400;

/**
 * Of how many users a browser is known at one time. A computer that many share would else send a cookie for each of them, until the
 * header is longer than a server reads (8 KiB for a line in nginx, 16 KiB for all in Node) and nothing is to be had there any more.
 */
const MAX_KNOWN_USERS = 5;

const VALUE = /^(pck_[A-Za-z0-9_-]{43})\.([1-9]\d{0,11})\.([A-Za-z0-9_-]{43})$/;

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
  const owner = withPassword(user);
  // The same is done for nobody, so that the time tells no name.
  const isProven = equalsInConstantTime(proof, proofOf(platform, owner ?? NOBODY, secret, ends));
  return isProven && owner !== undefined ? platform.hash(secret) : undefined;
}

/**
 * The `Set-Cookie` values by which a browser is known as one of this user, who just signed in there. Those of other users go where
 * they are too many, the one that was set first before the others, and where they are no good: ended, made up, or twice there.
 */
export function rememberBrowser(core: Core, headers: Headers, user: User): readonly string[] {
  const { platform } = core.ports;
  const secret = randomSecret(platform.random, 'pck_');
  const ends = platform.clock.nowEpochSeconds() + KNOWN_BROWSER_SECONDS;
  const owner = withPassword(user);
  if (owner === undefined) return [];
  const proof = proofOf(platform, owner, secret, ends);
  return [
    core.cookies.setKnownBrowser(user.username, `${secret}.${ends}.${proof}`, KNOWN_BROWSER_SECONDS),
    ...forgetOthers(core, headers, user.username),
  ];
}

/** Leaves the newest, with room for the one of this user. */
function forgetOthers({ cookies, ports }: Core, headers: Headers, username: string): readonly string[] {
  const others = cookies.listKnownBrowsersOfOthers(headers, username);
  const names = [...new Set(others.map(({ name }) => name))];
  const now = ports.platform.clock.nowEpochSeconds();
  const kept = names
    .map((name) => ({ name, ends: endOf(others.filter((other) => other.name === name)) }))
    // None of ours ends later than one that is set now, so nobody plants one that stays before all.
    .filter(({ ends }) => ends > now && ends <= now + KNOWN_BROWSER_SECONDS)
    .sort((one, another) => another.ends - one.ends)
    .slice(0, MAX_KNOWN_USERS - 1)
    .map(({ name }) => name);
  return names.filter((name) => !kept.includes(name)).map((name) => cookies.clearKnownBrowser(name));
}

/** 0 for what has no end of ours, and for two of one name: somebody planted one of them. */
function endOf([only, second]: readonly SentCookie[]): EpochSeconds {
  return second === undefined ? Number(VALUE.exec(only?.value ?? '')?.[2] ?? 0) : 0;
}

/** What of a user with a password proves that a browser is theirs. */
type Owner = Pick<User, 'subject'> & { readonly passwordHash: string };

/** Everybody can make their proof, so it is worth nothing. */
const NOBODY: Owner = { subject: 'nobody', passwordHash: 'none' };

/** Undefined for nobody, and for a user who signs in elsewhere. */
function withPassword(user: User | undefined): Owner | undefined {
  return user?.passwordHash === undefined ? undefined : { subject: user.subject, passwordHash: user.passwordHash };
}

/** No part has a line break, so no two collide. */
function proofOf(
  { hash }: Pick<Platform, 'hash'>,
  { subject, passwordHash }: Owner,
  secret: string,
  ends: EpochSeconds,
): string {
  return hash(['portcullis known browser', subject, secret, String(ends), hash(passwordHash)].join('\n'));
}
