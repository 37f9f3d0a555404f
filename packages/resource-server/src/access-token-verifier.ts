import type { Result } from '@portcullis/protocol';
import type { AccessTokenFailure, VerifiedAccessToken } from './access-token.js';

/** A verdict on an access token. */
export type Verification = Result<VerifiedAccessToken, AccessTokenFailure>;

/** Decides whether an access token is good here and now. */
export interface AccessTokenVerifier {
  /** Answers at once for a token that was verified before, by a promise otherwise. */
  verify(accessToken: string): Verification | Promise<Verification>;
}
