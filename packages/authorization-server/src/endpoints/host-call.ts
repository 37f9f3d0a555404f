import type { RequestContext } from '@portcullis/ports';
import { ConfigurationError } from '../configuration-error.js';

/**
 * Holds what a host hands on beside a request against its shape: without a network nobody is limited, and without an id nobody finds
 * a refusal again.
 *
 * @throws {ConfigurationError} for whoever puts the host together
 */
export function demandContext(context: RequestContext): void {
  if (typeof context?.network === 'string' && typeof context.correlationId === 'string') return;
  throw new ConfigurationError(
    'context: must be { network, correlationId }, both texts: the second argument of fetch, or what describe answers',
  );
}

/** @throws {ConfigurationError} where somebody took the body of a request before it was handed on */
export function demandUnreadBody({ bodyUsed }: Request): void {
  if (bodyUsed)
    throw new ConfigurationError('fetch: the body has been read; hand the request on before anything reads it');
}
