import { ConfigurationError } from '../configuration-error.js';
import type { Core } from '../core.js';
import { createPasswordSignIn, type PasswordSignIn } from './password/password-sign-in.js';

/** The host's own sign-in where it brings one, which has its endpoints elsewhere; otherwise by password.
 * @throws {ConfigurationError} when neither is to be had */
export function resolveSignIn(core: Omit<Core, 'signIn'>): PasswordSignIn {
  const { signIn, passwordHasher } = core.ports;
  if (signIn !== undefined) return { service: signIn, endpoints: [] };
  if (passwordHasher === undefined) {
    throw new ConfigurationError('signIn: without one, users sign in by password, and that needs a passwordHasher');
  }
  return createPasswordSignIn(core, passwordHasher);
}
