import type { RequestContext, User } from '@portcullis/ports';
import { displayText, type EpochSeconds, isClientSubject } from '@portcullis/protocol';
import type { Core } from '../core.js';
import { isWorkloadSubject } from '../grants/workload-subject.js';

/** Longest name that is shown and kept of a user who signs in elsewhere. */
const MAX_USERNAME_LENGTH = 128;

/** What a subject may be. */
const SUBJECT = /^[\x21-\x7e]{1,255}$/;

/** A user as pages and events name them. */
export type NamedUser = Pick<User, 'subject' | 'username'>;

/** A user who is signed in, exists, and may act. */
export interface SignedInUser {
  readonly user: NamedUser;
  /** Never in the future: for grants and tokens. */
  readonly authenticatedAtEpochSeconds: EpochSeconds;
  /** The same by the clock of the sign-in, which may be a little ahead: for holding one proof against another, since cut to now the
   * proof of a moment ago would look like a new one for as long as that. */
  readonly statedAtEpochSeconds: EpochSeconds;
}

/** Whether a user signed in as recently as it has to be. */
export function isRecent(signedIn: SignedInUser, authenticatedSince: EpochSeconds | undefined): boolean {
  return authenticatedSince === undefined || signedIn.statedAtEpochSeconds >= authenticatedSince;
}

/** Why a sign-in cannot be used, for the trail: it named somebody nobody can be here, or no time at which anybody signed in. */
interface UnusableReason {
  readonly reason: 'subject_unusable' | 'sign_in_time_unusable';
  /** Of the time: what is wrong with it. */
  readonly detail?: string;
}

/** Whose browser it is. */
export type Presence =
  | ({ readonly state: 'signed_in' } & SignedInUser)
  | { readonly state: 'disabled'; readonly user: NamedUser }
  | { readonly state: 'nobody' }
  | { readonly state: 'unusable'; readonly why: UnusableReason };

/** Whose browser sent `request`. Keeps nothing of a user who comes for the first time; see {@link welcome}. */
export async function findPresence(core: Core, request: Request): Promise<Presence> {
  const found = await lookUp(core, request);
  return 'state' in found ? found : presenceOf(found.stored ?? { ...found, disabled: false }, found);
}

/**
 * As {@link findPresence}, for a page or a decision of this user: one who signed in elsewhere for the first time is kept,
 * and so is a new name.
 */
export async function welcome(core: Core, request: Request, context: RequestContext): Promise<Presence> {
  const found = await lookUp(core, request);
  if ('state' in found) return found;
  const { stored, subject, username } = found;
  if (stored !== undefined && (stored.username === username || stored.passwordHash !== undefined)) {
    return presenceOf(stored, found);
  }
  const { tenantId } = core.settings;
  const { platform, storage } = core.ports;
  const event = core.trail.event(context, 'user.recognised', 'allowed', { subject, username });
  const createdAtEpochSeconds = platform.clock.nowEpochSeconds();
  const user = await storage.users.recognise({ tenantId, subject, username, createdAtEpochSeconds }, event);
  if (stored === undefined) core.trail.record(event);
  return presenceOf(user, found);
}

/** Somebody whom the sign-in named: by which name, since when, and as the store knows them. */
interface FoundUser extends NamedUser, Pick<SignedInUser, 'authenticatedAtEpochSeconds' | 'statedAtEpochSeconds'> {
  readonly stored: User | undefined;
}

async function lookUp(core: Core, request: Request): Promise<FoundUser | Presence> {
  const named = await core.signIn.find(request);
  if (named === undefined) return { state: 'nobody' };
  const { subject } = named;
  const now = core.ports.platform.clock.nowEpochSeconds();
  const statedAtEpochSeconds = named.authenticatedAtEpochSeconds;
  const isUsable = SUBJECT.test(subject) && !isClientSubject(subject) && !isWorkloadSubject(subject);
  if (!isUsable) return { state: 'unusable', why: { reason: 'subject_unusable' } };
  const problem = findProblemOfTime(statedAtEpochSeconds, now, core.settings.lifetimes.clockToleranceSeconds);
  if (problem !== undefined) {
    const detail = `authenticatedAtEpochSeconds: ${problem}`;
    return { state: 'unusable', why: { reason: 'sign_in_time_unusable', detail } };
  }
  const stored = await core.ports.storage.users.findBySubject(core.settings.tenantId, subject);
  // Whoever signs in here with a password is stored; one who is not was removed a moment ago, and stays so.
  if (stored === undefined && core.ports.signIn === undefined) return { state: 'nobody' };
  const given = displayText(named.username ?? '', MAX_USERNAME_LENGTH);
  const username = given || stored?.username || subject;
  const authenticatedAtEpochSeconds = Math.min(statedAtEpochSeconds, now);
  return { stored, subject, username, authenticatedAtEpochSeconds, statedAtEpochSeconds };
}

/** Why a time is none at which somebody signed in. Clocks may differ a little; one that is further ahead, or counts milliseconds,
 * would make every proof look fresh. What a host gave is not repeated: it need not be a time. */
function findProblemOfTime(
  stated: EpochSeconds | undefined,
  now: EpochSeconds,
  toleranceSeconds: number,
): string | undefined {
  if (stated === undefined) return 'is missing';
  if (!Number.isInteger(stated)) return 'must be a whole number of seconds';
  const aheadSeconds = stated - now;
  if (aheadSeconds <= toleranceSeconds) return undefined;
  return `in the future, by ${aheadSeconds} s; is it in milliseconds, or by a clock that is ahead?`;
}

function presenceOf(
  { subject, username, disabled }: NamedUser & Pick<User, 'disabled'>,
  { authenticatedAtEpochSeconds, statedAtEpochSeconds }: FoundUser,
): Presence {
  const user = { subject, username };
  if (disabled) return { state: 'disabled', user };
  return { state: 'signed_in', user, authenticatedAtEpochSeconds, statedAtEpochSeconds };
}
