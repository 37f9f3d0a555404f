import type { RequestContext } from '@portcullis/ports';
import { ConfigurationError } from '../configuration-error.js';
import { isGroup } from '../option-kinds.js';
import type { HostedServer } from './answer-request.js';

/** What a host says of the requests that it hands on. */
export interface HostOptions<Request> {
  /** What is known of a request. `networkOf` of `@portcullis/ports` makes a network of an address. */
  readonly describe?: (request: Request) => RequestContext;
}

/**
 * The origin that pages are addressed by.
 *
 * @throws {ConfigurationError} where what a host was given is no authorization server: the promise of one, for instance
 */
export function originOf(server: HostedServer, host: string): string {
  const isServer = typeof server?.handles === 'function' && typeof server.fetch === 'function';
  if (!isServer || !URL.canParse(server.issuer)) {
    throw new ConfigurationError(`${host}: needs what createAuthorizationServer resolves to; await it`);
  }
  return new URL(server.issuer).origin;
}

/**
 * Looks whether each option is one and a function, for hosts in JavaScript: `onfault` would be no word of a fault, and what cannot be
 * called would be found out by the first request.
 *
 * @throws {ConfigurationError} naming the first that is not
 */
export function checkHostOptions(options: object, names: readonly string[], host: string): void {
  if (!isGroup(options)) throw new ConfigurationError(`${host}: its options must be an object`);
  for (const [name, value] of Object.entries(options)) {
    if (!names.includes(name)) throw new ConfigurationError(`${host}: there is no option ${name}`);
    if (value !== undefined && typeof value !== 'function') {
      throw new ConfigurationError(`${host}: ${name}: must be a function`);
    }
  }
}
