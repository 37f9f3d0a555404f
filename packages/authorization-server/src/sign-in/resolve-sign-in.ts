import type { PasswordHasher } from '@portcullis/ports';
import { ConfigurationError } from '../configuration-error.js';
import type { Core } from '../core.js';
import type { AuthorizationServerPorts } from '../options.js';
import { createCheckedSignIn } from './checked-sign-in.js';
import { createPasswordSignIn, type PasswordSignIn } from './password/password-sign-in.js';

/** What passwords are checked by where the host brings no sign-in. @throws {ConfigurationError} without one */
export function demandPasswordHasher({
  passwordHasher,
}: Pick<AuthorizationServerPorts, 'passwordHasher'>): PasswordHasher {
  if (passwordHasher !== undefined) return passwordHasher;
  throw new ConfigurationError('signIn: without one, users sign in by password, and that needs a passwordHasher');
}

/** The host's own sign-in where it brings one, which has its endpoints elsewhere; otherwise by password.
 * @throws {ConfigurationError} when neither is to be had */
export function resolveSignIn(core: Omit<Core, 'signIn'>): PasswordSignIn {
  const { signIn } = core.ports;
  if (signIn !== undefined) return { service: createCheckedSignIn(signIn), endpoints: [] };
  return createPasswordSignIn(core, demandPasswordHasher(core.ports));
}
