import { z } from 'zod';
import { tellOtherForm } from '../kind-of-keys.js';
import { strictObject } from './building-blocks.js';

const jwk = z.looseObject({ kty: z.string().min(1).describe('Kind of key: EC, RSA or OKP.') });

/** Public keys, written down or in a file. */
export const publicKeysSchema = z.union(
  [
    strictObject({ file: z.string().min(1).describe('JWK Set in JSON, relative to this configuration.') }),
    strictObject({ keys: z.array(jwk).min(1).describe('Public keys (RFC 7517 §5).') }),
  ],
  { error: ({ input }) => tellOtherForm(JSON.stringify(input) ?? '') },
);
