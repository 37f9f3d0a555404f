import { normaliseUsername } from '@portcullis/authorization-server';
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
import { PROGRAM_NAME } from '../program-name.js';
import { terminalText } from '../terminal-text.js';
import { isoTime } from './format-table.js';
import { managementEvent, managementRevocation } from './management-event.js';

/** What the acts on users need. */
export interface UserManagementPorts {
  readonly users: UserStore;
  readonly passwordHasher: PasswordHasher;
  readonly platform: Platform;
}

/** A user as they are listed. */
export interface ListedUser {
  readonly username: string;
  readonly subject: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly disabled: boolean;
}

const USERNAME = /^[\p{L}\p{N}][\p{L}\p{M}\p{N}._@+-]*$/u;

/** The stored form of a username. @throws {ProgramError} when it cannot be one */
export function parseUsername(text: string): string {
  const username = normaliseUsername(text);
  if (USERNAME.test(username)) return username;
  throw usageError('a user name has 1 to 128 letters, digits and . _ @ + -, and starts with a letter or a digit');
}

/** Adds a user to the default tenant. @throws {ProgramError} when the name is taken */
export async function addUser(ports: UserManagementPorts, name: string, password: string): Promise<string> {
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
  if (outcome === 'added') return username;
  throw new ProgramError(
    `there is a user ${terminalText(username)} already; set a new password with ${PROGRAM_NAME} users reset-password`,
  );
}

/** All users of the default tenant, by name. */
export async function listUsers({ users }: UserManagementPorts): Promise<readonly ListedUser[]> {
  const found = await users.list(DEFAULT_TENANT);
  return found.map(viewUser).sort((a, b) => (a.username < b.username ? -1 : 1));
}

/** One user, as they are listed. @throws {ProgramError} when there is none */
export async function showUser(ports: UserManagementPorts, name: string): Promise<ListedUser> {
  return viewUser(await findUser(ports, name));
}

function viewUser({ username, subject, createdAtEpochSeconds, disabled }: User): ListedUser {
  return { username, subject, createdAt: isoTime(createdAtEpochSeconds), disabled };
}

/** Removes a user; their sessions and access tokens end with them. @throws {ProgramError} when there is none */
export async function removeUser(ports: UserManagementPorts, name: string): Promise<string> {
  const username = parseUsername(name);
  const event = eventOf(ports, 'user.removed', { username });
  const outcome = await ports.users.remove(DEFAULT_TENANT, username, revocation(ports), event);
  if (outcome === 'unknown') throw noSuchUser(username);
  return username;
}

/** Sets a new password; sessions and access tokens made with the old one end. @throws {ProgramError} when there is no
 * such user */
export async function resetPassword(ports: UserManagementPorts, name: string, password: string): Promise<string> {
  const username = parseUsername(name);
  const passwordHash = await ports.passwordHasher.hash(password);
  const event = eventOf(ports, 'user.password_reset', { username });
  const outcome = await ports.users.resetPassword(DEFAULT_TENANT, username, passwordHash, revocation(ports), event);
  if (outcome === 'unknown') throw noSuchUser(username);
  return username;
}

/** Keeps a user from signing in; their sessions and access tokens end. @throws {ProgramError} when there is none */
export async function disableUser(ports: UserManagementPorts, name: string): Promise<string> {
  const { username, subject } = await findUser(ports, name);
  const event = eventOf(ports, 'user.disabled', { username, subject });
  const outcome = await ports.users.disable(DEFAULT_TENANT, subject, revocation(ports), event);
  if (outcome === 'unknown') throw noSuchUser(username);
  return username;
}

/** Lets a disabled user sign in again. What ended stays ended. @throws {ProgramError} when there is none */
export async function enableUser(ports: UserManagementPorts, name: string): Promise<string> {
  const { username, subject } = await findUser(ports, name);
  const outcome = await ports.users.enable(
    DEFAULT_TENANT,
    subject,
    eventOf(ports, 'user.enabled', { username, subject }),
  );
  if (outcome === 'unknown') throw noSuchUser(username);
  return username;
}

async function findUser(ports: UserManagementPorts, name: string): Promise<User> {
  const username = parseUsername(name);
  const user = await ports.users.findByUsername(DEFAULT_TENANT, username);
  if (user === undefined) throw noSuchUser(username);
  return user;
}

function noSuchUser(username: string): ProgramError {
  return new ProgramError(`there is no user ${terminalText(username)}; see ${PROGRAM_NAME} users list`);
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
