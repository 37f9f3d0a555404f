import type { EpochSeconds } from '@portcullis/protocol';
import type { AuthorizationCodeStore } from './authorization-codes.js';
import type { AuthorizationTransactionStore } from './authorization-transactions.js';
import type { ClientStore } from './clients.js';
import type { GrantStore } from './grants.js';
import type { RevocationMarkStore } from './revocation-marks.js';
import type { SignInSessionStore } from './sign-in-sessions.js';
import type { SigningKeyStore } from './signing-keys.js';
import type { UserStore } from './users.js';

/** The store cannot answer now and may later: locked for too long, gone, full. Nothing of the act happened. */
export class StorageUnavailableError extends Error {
  override readonly name = 'StorageUnavailableError';
}

/** A whole storage adapter. Every act is atomic by itself; none spans two calls. */
export interface Storage {
  readonly clients: ClientStore;
  readonly users: UserStore;
  readonly signInSessions: SignInSessionStore;
  readonly transactions: AuthorizationTransactionStore;
  readonly codes: AuthorizationCodeStore;
  readonly grants: GrantStore;
  readonly revocationMarks: RevocationMarkStore;
  readonly signingKeys: SigningKeyStore;
  /** Deletes what has expired and can no longer be asked for. Dynamic clients that were never used go after 24 hours;
   * ended grants stay until their last access token has expired. Returns how many rows went. */
  sweep(now: EpochSeconds): Promise<number>;
  /** Resolves when the store answers. @throws when it does not. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
