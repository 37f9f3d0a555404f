import type { Platform } from '@portcullis/ports';
import type { TenantId } from '@portcullis/protocol';
import type { AccessTokenVerifier } from '../access-token-verifier.js';
import { createPortcullisRules } from '../presets/portcullis.js';
import type { RevocationFollower } from '../revocation-follower.js';
import { createJwtVerifier, type JwtVerifierOptions } from './jwt-verifier.js';
import { createRememberingVerifier, type RememberingVerifierOptions } from './remembering-verifier.js';

/** How {@link createAccessTokenVerifier} verifies. */
export interface AccessTokenVerifierOptions
  extends Omit<JwtVerifierOptions, 'clock' | 'rules'>,
    Pick<RememberingVerifierOptions, 'cacheSize'> {
  /** Whose tokens these are; those of any other tenant are refused. */
  readonly tenantId: TenantId;
  readonly platform: Platform;
  readonly revocations: Pick<RevocationFollower, 'isBlind' | 'isRevoked'>;
}

/**
 * Verifies access tokens of Portcullis' own authorization server, whose revocation marks are at hand: the gate's verifier.
 * A resource server that stands elsewhere, or trusts other issuers, takes `protectResource`.
 */
export function createAccessTokenVerifier(options: AccessTokenVerifierOptions): AccessTokenVerifier {
  const { tenantId, platform } = options;
  const rules = createPortcullisRules(tenantId);
  return createRememberingVerifier(createJwtVerifier({ ...options, rules, clock: platform.clock }).verify, options);
}
