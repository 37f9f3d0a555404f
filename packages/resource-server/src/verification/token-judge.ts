import type { Sha256 } from '@portcullis/protocol';
import type { Verification } from '../access-token-verifier.js';

/** What was found out about a token that nobody remembers. */
export interface Finding {
  readonly verification: Verification;
  /** Whether it may still be believed, asked of each use. Undefined: it is not to be remembered. */
  readonly stillHolds?: () => boolean;
  /** Revocations and expiry were looked at already. @defaultValue false */
  readonly isFinal?: boolean;
}

/** Finds out about a token, by its signature or by asking. Never rejects. */
export type TokenJudge = (accessToken: string, accessTokenHash: Sha256) => Promise<Finding>;
