import type { Result } from '@portcullis/protocol';
import type { AccessTokenFailure, VerifiedAccessToken } from './access-token.js';

/** A verdict on an access token. */
export type Verification = Result<VerifiedAccessToken, AccessTokenFailure>;

/**
 * Decides whether an access token is good here and now. A host may bring its own: `{ issuer, verifier }` among the
 * `authorizationServers` of `protectResource`. It is never shown a token of more than 16,384 characters, and is asked about
 * each request. What it finds good is held against the issuer it stands for, the resource, the tenant, `exp` and the
 * revocation marks. One that throws, rejects, or leaves out or mistypes what a verified token has to have, lets nobody in:
 * clients get 503, and `onFault` hears which member it was. It may leave out what can be undefined, and `permissions`,
 * `claims` and `issuedAtEpochSeconds`; null counts as left out.
 *
 * A token that is bound to a key has to be told by its `proofKey`: the guard then asks for the proof. A token that is bound in
 * another way, which nothing here can prove, has to be refused: as `sender_constrained`.
 *
 * What it answers is copied by its members, and compared with its last answer on the same token. So it may answer the same
 * object each time or a new one, and change one in place: what it says last holds from the next request on. Members that
 * {@link VerifiedAccessToken} does not have are not copied: what handlers need beside them belongs into `claims`, which is
 * JSON.
 */
export interface AccessTokenVerifier {
  /** Answers at once where it can, by a promise otherwise. */
  verify(accessToken: string): Verification | Promise<Verification>;
}
