import { existsSync, readFileSync, rmSync } from 'node:fs';
import { base64Url, type PasswordHasher, type Platform, type UserStore } from '@portcullis/ports';
import { DEFAULT_TENANT } from '@portcullis/protocol';
import { ProgramError, systemErrorCode } from '../program-error.js';
import { PROGRAM_NAME } from '../program-name.js';
import { generatePassword } from './generate-password.js';
import { replaceSecretFile } from './secret-file.js';

/** The name of the user that the first start makes. */
export const FIRST_USERNAME = 'admin';

/** How the operator learns the password of the first user: on the terminal, once, or from a file. */
export type FirstUser =
  | { readonly username: string; readonly password: string }
  | { readonly username: string; readonly passwordFile: string };

/** The first user as a file still tells of them; undefined when there is no such file. */
export function readFirstUserFile(passwordFile: string): FirstUser | undefined {
  const username = existsSync(passwordFile)
    ? /^username: (.+)$/m.exec(readFileSync(passwordFile, 'utf8'))?.[1]
    : undefined;
  return username === undefined ? undefined : { username, passwordFile };
}

/** Removes the file once the password in it opens nothing any more: its user was removed or has a new one. */
export function forgetFirstUserFile(passwordFile: string, username: string): void {
  if (readFirstUserFile(passwordFile)?.username === username) rmSync(passwordFile, { force: true });
}

/** What is needed to make a user. */
export interface FirstUserPorts {
  readonly users: UserStore;
  readonly passwordHasher: PasswordHasher;
  readonly platform: Platform;
}

/**
 * Makes a user with a generated password when there is none at all.
 *
 * @param passwordFile - where the password goes, mode 0600, when nobody is there to read it; undefined returns it to be
 *   shown once
 * @param storeFlags - what leads a command to this gate's store, see `storeFlags`
 * @throws {ProgramError} when the password cannot be written
 * @returns undefined when there are users already, or another gate was faster
 */
export async function ensureFirstUser(
  { users, passwordHasher, platform }: FirstUserPorts,
  passwordFile: string | undefined,
  storeFlags: string,
): Promise<FirstUser | undefined> {
  if ((await users.list(DEFAULT_TENANT)).length > 0) return undefined;
  const username = FIRST_USERNAME;
  const password = generatePassword(platform.random);
  const now = platform.clock.nowEpochSeconds();
  const subject = base64Url(platform.random.bytes(16));
  const passwordHash = await passwordHasher.hash(password);
  const outcome = await users.add(
    { tenantId: DEFAULT_TENANT, subject, username, passwordHash, disabled: false, createdAtEpochSeconds: now },
    {
      type: 'user.added',
      outcome: 'allowed',
      tenantId: DEFAULT_TENANT,
      occurredAtEpochSeconds: now,
      subject,
      username,
    },
  );
  if (outcome === 'exists') return undefined;
  if (passwordFile === undefined) return { username, password };
  try {
    replaceSecretFile(passwordFile, `username: ${username}\npassword: ${password}\n`, platform.random);
  } catch (error) {
    const why = systemErrorCode(error) ?? 'unknown error';
    throw new ProgramError(
      `the password of the first user could not be written to ${passwordFile} (${why}): ` +
        `set another with ${PROGRAM_NAME} users reset-password ${username}${storeFlags}`,
    );
  }
  return { username, passwordFile };
}
