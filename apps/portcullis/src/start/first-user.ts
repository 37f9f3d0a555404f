import { base64Url, type PasswordHasher, type Platform, type UserStore } from '@portcullis/ports';
import { DEFAULT_TENANT } from '@portcullis/protocol';
import { ProgramError, systemErrorCode } from '../program-error.js';
import { generatePassword } from './generate-password.js';
import { replaceSecretFile } from './secret-file.js';

/** The name of the user that the first start makes. */
export const FIRST_USERNAME = 'admin';

/** How the operator learns the password of the first user: on the terminal, once, or from a file. */
export type FirstUser =
  | { readonly username: string; readonly password: string }
  | { readonly username: string; readonly passwordFile: string };

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
 * @throws {ProgramError} when the password cannot be written
 * @returns undefined when there are users already, or another gate was faster
 */
export async function ensureFirstUser(
  { users, passwordHasher, platform }: FirstUserPorts,
  passwordFile: string | undefined,
): Promise<FirstUser | undefined> {
  if ((await users.list(DEFAULT_TENANT)).length > 0) return undefined;
  const username = FIRST_USERNAME;
  const password = generatePassword(platform.random);
  const now = platform.clock.nowEpochSeconds();
  const subject = base64Url(platform.random.bytes(16));
  const passwordHash = await passwordHasher.hash(password);
  const outcome = await users.add(
    { tenantId: DEFAULT_TENANT, subject, username, passwordHash, createdAtEpochSeconds: now },
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
        `set another with portcullis users reset-password ${username}`,
    );
  }
  return { username, passwordFile };
}
