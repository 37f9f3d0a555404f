import { ConfigurationError } from './configuration-error.js';
import type { AuthorizationServerOptions } from './options.js';

const FLAGS = ['dynamicRegistration', 'registrationManagement', 'rememberConsent'] as const;
const LISTS = ['resources', 'configuredClients', 'assertionIssuers', 'allowedRedirectSchemes'] as const;
const GROUPS = ['dpop', 'signing', 'lifetimes', 'rateLimits'] as const;

/**
 * Looks whether each option is of its kind, for hosts in JavaScript: `rememberConsent: 'no'` would be true. What may stand in a
 * list or a group is for whoever reads it.
 *
 * @throws {ConfigurationError} naming the first that is not
 */
export function checkOptionKinds(options: AuthorizationServerOptions): void {
  if (!isGroup(options)) throw new ConfigurationError('options: must be an object');
  for (const name of FLAGS) demand(name, options[name], 'true or false', (value) => typeof value === 'boolean');
  for (const name of LISTS) demand(name, options[name], 'a list', Array.isArray);
  for (const name of GROUPS) demand(name, options[name], 'an object', isGroup);
  const { pushedAuthorizationRequests, clientIdMetadataDocuments, dpop } = options;
  const isMode = (value: unknown): boolean => value === 'accepted' || value === 'required';
  demand('pushedAuthorizationRequests', pushedAuthorizationRequests, 'accepted or required', isMode);
  const isFalseOrGroup = (value: unknown): boolean => value === false || isGroup(value);
  demand('clientIdMetadataDocuments', clientIdMetadataDocuments, 'false or an object', isFalseOrGroup);
  demand('dpop.requireNonce', dpop?.requireNonce, 'true or false', (value) => typeof value === 'boolean');
}

function demand(name: string, value: unknown, words: string, holds: (value: unknown) => boolean): void {
  if (value !== undefined && !holds(value)) throw new ConfigurationError(`${name}: must be ${words}`);
}

/** Whether something is an object with names: no list, and not null. */
export function isGroup(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What something is that should have been a number, for whoever wrote it. */
export function nameKind(value: unknown): string {
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return `the text ${JSON.stringify(value)}`;
  if (value === undefined || value === null) return String(value);
  return Array.isArray(value) ? 'a list' : `of the type ${typeof value}`;
}
