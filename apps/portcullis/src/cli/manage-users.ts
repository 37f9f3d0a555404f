import { normaliseUsername } from '@portcullis/authorization-server/rules';
import {
  type AuditEvent,
  type AuditEventType,
  base64Url,
  type PasswordHasher,
  type Platform,
  type Revocation,
  type User,
  type UserStore,
} from '@portcullis/ports';
import { DEFAULT_TENANT } from '@portcullis/protocol';
import { ProgramError, usageError } from '../program-error.js';
import { type SuggestCommand, shownOperand, suggestWith } from '../suggest-command.js';
import { terminalText } from '../terminal-text.js';
import { isoTime } from './format-table.js';
import { managementEvent, managementRevocation } from './management-event.js';

/** What the acts on users need. */
export interface UserManagementPorts {
  readonly users: UserStore;
  readonly platform: Platform;
  /** How a command on this store is written out. @defaultValue without options */
  readonly suggest?: SuggestCommand;
}

/** What those need that set a password. */
export interface PasswordManagementPorts extends UserManagementPorts {
  readonly passwordHasher: PasswordHasher;
}

/** A user as they are listed. */
export interface ListedUser {
  readonly username: string;
  readonly subject: string;
  /** `elsewhere` for one whom an identity provider speaks for: no password opens that account. */
  readonly origin: 'password' | 'elsewhere';
  /** ISO 8601. */
  readonly createdAt: string;
  readonly disabled: boolean;
}

/** Where users come from, in words. */
const ORIGINS = { password: 'with a password here', elsewhere: 'of an identity provider' } as const;

const USERNAME = /^[\p{L}\p{N}][\p{L}\p{M}\p{N}._@+-]*$/u;

/** The stored form of a username. @throws {ProgramError} when it cannot be one */
export function parseUsername(text: string): string {
  const username = normaliseUsername(text);
  if (USERNAME.test(username)) return username;
  throw usageError('a user name has 1 to 128 letters, digits and . _ @ + -, and starts with a letter or a digit');
}

/** Adds a user to the default tenant. @throws {ProgramError} when the name is taken */
export async function addUser(ports: PasswordManagementPorts, name: string, password: string): Promise<User> {
  const username = parseUsername(name);
  const { platform } = ports;
  const subject = base64Url(platform.random.bytes(16));
  const passwordHash = await ports.passwordHasher.hash(password);
  const user = {
    tenantId: DEFAULT_TENANT,
    subject,
    username,
    passwordHash,
    disabled: false,
    createdAtEpochSeconds: now(ports),
  };
  const outcome = await ports.users.add(user, eventOf(ports, 'user.added', { username, subject }));
  if (outcome === 'added') return user;
  throw new ProgramError(
    `there is a user ${terminalText(username)} already; set a new password with ` +
      suggestOf(ports)('users reset-password', shownOperand(username)),
  );
}

/** All users of the default tenant, by name. */
export async function listUsers({ users }: UserManagementPorts): Promise<readonly ListedUser[]> {
  const found = await users.list(DEFAULT_TENANT);
  return found.map(viewUser).sort((a, b) => (a.username < b.username ? -1 : 1));
}

/** What is to be said after an act where nobody is left who can sign in; undefined where somebody is. */
export async function tellNobodyLeft(ports: UserManagementPorts): Promise<string | undefined> {
  const left = await listUsers(ports);
  if (left.some(({ disabled, origin }) => !disabled && origin === 'password')) return undefined;
  return left.length === 0
    ? 'Nobody can sign in now. The next start of the gate makes a new first user, unless you add one before.'
    : 'Nobody can sign in now, until you enable or add a user.';
}

/** One user, as they are listed, by subject. @throws {ProgramError} when there is none */
export async function showUser(ports: UserManagementPorts, subject: string): Promise<ListedUser> {
  const user = await ports.users.findBySubject(DEFAULT_TENANT, subject);
  if (user === undefined) throw noSuchUser(ports, subject);
  return viewUser(user);
}

function viewUser({ username, subject, passwordHash, createdAtEpochSeconds, disabled }: User): ListedUser {
  const origin = passwordHash === undefined ? 'elsewhere' : 'password';
  return { username, subject, origin, createdAt: isoTime(createdAtEpochSeconds), disabled };
}

/** Removes a user, named as for {@link disableUser}; their sessions and access tokens end with them. @throws {ProgramError} when
 * there is none, or more than one, or they are disabled and come from elsewhere: whoever sends them knows nothing of it, and they
 * would be let in again */
export async function removeUser(ports: UserManagementPorts, who: string): Promise<User> {
  const user = await findUser(ports, who);
  const { username, subject } = user;
  if (user.disabled && user.passwordHash === undefined) throw keptOut(ports, username, who);
  const event = eventOf(ports, 'user.removed', { username, subject });
  const outcome = await ports.users.remove(DEFAULT_TENANT, subject, revocation(ports), event);
  if (outcome === 'unknown') throw noSuchUser(ports, who);
  return user;
}

/** Sets a new password of a user who has one, named as for {@link disableUser}; sessions and access tokens made with the old one
 * end. @throws {ProgramError} when there is no such user, or more than one, or theirs is no password */
export async function resetPassword(ports: PasswordManagementPorts, who: string, password: string): Promise<User> {
  const user = await findUser(ports, who, ({ passwordHash }) => passwordHash !== undefined);
  const { username, subject } = user;
  if (user.passwordHash === undefined) {
    throw new ProgramError(`${terminalText(username)} is ${ORIGINS.elsewhere}, and has no password here`);
  }
  const passwordHash = await ports.passwordHasher.hash(password);
  const event = eventOf(ports, 'user.password_reset', { username, subject });
  const outcome = await ports.users.resetPassword(DEFAULT_TENANT, subject, passwordHash, revocation(ports), event);
  if (outcome === 'unknown') throw noSuchUser(ports, who);
  return user;
}

/** Refuses what is neither a username nor a subject that this program gave. @throws {ProgramError} */
export function checkUserName(who: string): void {
  if (!/^[A-Za-z0-9_-]+$/.test(who)) parseUsername(who);
}

/**
 * Keeps a user out, whoever vouches for them; their sessions and access tokens end.
 *
 * @param who - their subject, or what they are called where nobody else is called so
 * @throws {ProgramError} when there is none, or more than one
 */
export async function disableUser(ports: UserManagementPorts, who: string): Promise<User> {
  const user = await findUser(ports, who);
  const { username, subject } = user;
  const event = eventOf(ports, 'user.disabled', { username, subject });
  const outcome = await ports.users.disable(DEFAULT_TENANT, subject, revocation(ports), event);
  if (outcome === 'unknown') throw noSuchUser(ports, who);
  return user;
}

/** Lets a disabled user in again, named as for {@link disableUser}. What ended stays ended. @throws {ProgramError} when there is
 * none, or more than one */
export async function enableUser(ports: UserManagementPorts, who: string): Promise<User> {
  const user = await findUser(ports, who);
  const { username, subject } = user;
  const event = eventOf(ports, 'user.enabled', { username, subject });
  if ((await ports.users.enable(DEFAULT_TENANT, subject, event)) === 'unknown') throw noSuchUser(ports, who);
  return user;
}

/**
 * A subject goes before every name, and is taken as it is: nobody can choose what theirs is. Names are those of all users, since
 * an identity provider may call somebody like a person with a password here.
 *
 * @param isMeant - whom the act is for, where it is not for everybody: who else is called so is no candidate then
 */
async function findUser(
  ports: UserManagementPorts,
  who: string,
  isMeant: (user: User) => boolean = () => true,
): Promise<User> {
  const { users } = ports;
  const bySubject = await users.findBySubject(DEFAULT_TENANT, who);
  if (bySubject !== undefined) return bySubject;
  const name = normaliseUsername(who);
  const all = await users.list(DEFAULT_TENANT);
  const called = name === '' ? [] : all.filter(({ username }) => normaliseUsername(username) === name);
  const [only, ...others] = called.some(isMeant) ? called.filter(isMeant) : called;
  // As it was typed: a subject has small letters and large ones, and who comes from elsewhere may be called anything.
  if (only === undefined) throw noSuchUser(ports, who);
  if (others.length === 0) return only;
  const subjects = [only, ...others].map(viewUser).map(({ subject, origin }) => `${subject} (${ORIGINS[origin]})`);
  throw new ProgramError(
    `several users are called ${terminalText(name)}; name one by the subject: ${terminalText(subjects.join(', '), 4096)}`,
  );
}

/** @param who - how they were named, which led to them alone */
function keptOut(ports: UserManagementPorts, username: string, who: string): ProgramError {
  return new ProgramError(
    `${terminalText(username)} is disabled, and is kept out by being listed as such: removed, they would be let in as somebody new ` +
      `the next time they are sent from elsewhere. Nothing was changed. Leave them disabled; or where they may come back, ` +
      `let them in first, and remove them then: ${suggestOf(ports)('users enable', shownOperand(who))}`,
  );
}

function noSuchUser(ports: UserManagementPorts, username: string): ProgramError {
  return new ProgramError(`there is no user ${terminalText(username)}; see ${suggestOf(ports)('users list')}`);
}

function suggestOf({ suggest = suggestWith('') }: UserManagementPorts): SuggestCommand {
  return suggest;
}

function revocation({ platform }: UserManagementPorts): Revocation {
  return managementRevocation(platform);
}

function now({ platform }: UserManagementPorts): number {
  return platform.clock.nowEpochSeconds();
}

function eventOf(
  ports: UserManagementPorts,
  type: AuditEventType,
  facts: { readonly username: string; readonly subject?: string },
): AuditEvent {
  return managementEvent(ports.platform, type, facts);
}
