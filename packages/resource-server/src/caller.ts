import type { VerifiedAccessToken } from './access-token.js';

/** Whoever calls a tool: what was verified, and what follows from it here. */
export interface Caller extends VerifiedAccessToken {
  /** Its scopes and all that they imply at this resource. */
  readonly heldScopes: ReadonlySet<string>;
  /** Where the metadata of the resource lie (RFC 9728): what a challenge names. */
  readonly resourceMetadataUrl: string;
}
