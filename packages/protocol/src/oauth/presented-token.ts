import { fail, type Result, succeed } from '../result.js';
import { trimAsciiWhitespace } from '../text/trim-ascii-whitespace.js';
import type { OauthParameters } from './parameters.js';

/**
 * Reads the token that a revocation (RFC 7009 §2.1) or introspection request (RFC 7662 §2.1) is about. Does not know
 * what kind of token it is, or whether it is one. ASCII whitespace around it is dropped, as a shell adds it.
 *
 * `token_type_hint` is not read: it may only speed up a look-up, and here the form of a token tells its kind. So a wrong
 * hint changes nothing and an unknown one is no error.
 */
export function parsePresentedToken(parameters: OauthParameters): Result<string, 'token_missing'> {
  const presented = trimAsciiWhitespace(parameters.value('token') ?? '');
  return presented === '' ? fail('token_missing') : succeed(presented);
}
