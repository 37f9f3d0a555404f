import type { PublicSigningKey } from '@portcullis/protocol';

/** Keys of nobody: an assertion in the name of no client is verified with one of them, so that it takes as long as one
 * in the name of a client. What they verify counts for nothing. */
export const DECOY_KEYS: readonly PublicSigningKey[] = [
  {
    keyId: undefined,
    algorithms: ['ES256'],
    material: {
      kty: 'EC',
      crv: 'P-256',
      x: 'ftUzckdFXxD-g8X8yszY6L-_B3Ph4mg5A_XKNLtYnew',
      y: 'eJX87dXCNZzWNs69AiJGz_98KG7El2gxppp4tsEx3yA',
    },
  },
  {
    keyId: undefined,
    algorithms: ['RS256', 'PS256'],
    // Any odd number of 2048 bits costs what a modulus costs.
    material: { kty: 'RSA', n: `${'_'.repeat(341)}w`, e: 'AQAB' },
  },
  {
    keyId: undefined,
    algorithms: ['EdDSA', 'Ed25519'],
    material: { kty: 'OKP', crv: 'Ed25519', x: 'EmGBj1ehILTiGUyv-quKighqUeyJ952dZFbvLfkemlM' },
  },
];
