import type { SignInOptions } from './client-options.js';

/** Of the scopes that a person names with `--scope`, those that are not among `granted`. */
export function missingScopes({ scope = [] }: SignInOptions, granted: readonly string[]): readonly string[] {
  return [...new Set(scope)].filter((one) => !granted.includes(one));
}
