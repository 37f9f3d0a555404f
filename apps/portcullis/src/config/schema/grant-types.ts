import { z } from 'zod';
import { ALIASES, GRANT_TYPE_ALIASES, inFull } from '../grant-type-names.js';

const NAMES = ['authorization_code', 'refresh_token', 'client_credentials'] as const;

/** A grant type (RFC 6749, RFC 8628 §3.4, RFC 7523 §2.1, RFC 8693 §2.1) by its name or by its short one, which becomes the
 * full one. */
export const grantTypeSchema = z
  .enum([...NAMES, ...ALIASES, ...Object.values(GRANT_TYPE_ALIASES)], {
    error: (issue) =>
      issue.code === 'invalid_value' ? `must be one of ${[...NAMES, ...ALIASES].join(', ')}` : undefined,
  })
  .transform(inFull);
