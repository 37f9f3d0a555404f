import type { VerifiedAccessToken } from './access-token.js';

/**
 * Whoever calls a tool: what was verified, and what follows from it here. Every request of one token has the same one, so
 * it is frozen, all the way down: what a handler wants to add to it goes into an object of its own. `proofKey` tells whether
 * the caller proved to hold a key, and which.
 */
export interface Caller extends VerifiedAccessToken {
  /** Its scopes and all that they imply at this resource. A `Set` whose `add`, `delete` and `clear` throw. */
  readonly heldScopes: ReadonlySet<string>;
  /** Where the metadata of the resource lie (RFC 9728): what a challenge names. */
  readonly resourceMetadataUrl: string;
}
