import type { EpochSeconds, Issuer, JsonObject, ResourceIdentifier, TenantId } from '@portcullis/protocol';

/**
 * What proves that a token was meant for this resource. `audience`: its `aud` names it (RFC 9068 §4). `resource_scopes`:
 * the provider issues no `aud`, so one of its scopes has the prefix of this resource and its client is on a list; weaker,
 * since the provider never said for whom the token is.
 */
export type RecipientProof = 'audience' | 'resource_scopes';

/** An access token that was found valid for one resource. The token itself is not in here. */
export interface VerifiedAccessToken {
  /** Undefined where the issuer knows no tenants. */
  readonly tenantId: TenantId | undefined;
  readonly issuer: Issuer;
  readonly resource: ResourceIdentifier;
  /** Stable at its issuer. Only together with `issuer` does it name somebody. */
  readonly subject: string;
  readonly clientId: string;
  /** As the token has them; what they imply is not in here. */
  readonly scopes: readonly string[];
  /** What the provider says the subject may do beside scopes: permissions, roles. Empty where it says nothing. */
  readonly permissions: readonly string[];
  /** Undefined where the token does not tell, also because they are too many: never to be read as "none". */
  readonly groups: readonly string[] | undefined;
  /** `jti`, or what the provider has in its place. */
  readonly accessTokenId: string | undefined;
  readonly grantId: string | undefined;
  /**
   * The key that the token is bound to (`cnf.jkt`, RFC 9449 §6): its RFC 7638 thumbprint, SHA-256, base64url. Undefined for
   * a bearer token. Of a caller that a guard let in it says that the caller proved to hold this key.
   */
  readonly proofKey: string | undefined;
  /** `kid`. Undefined where the issuer was asked about the token (RFC 7662). */
  readonly keyId: string | undefined;
  /** Where an issuer that was asked does not say, 0: every revocation mark is later. */
  readonly issuedAtEpochSeconds: EpochSeconds;
  /** Where an issuer that was asked does not say, until when its answer is believed. */
  readonly expiresAtEpochSeconds: EpochSeconds;
  readonly recipientProof: RecipientProof;
  /** Everything the issuer said, by its own names. */
  readonly claims: JsonObject;
}

/** Why an access token was refused. For the trail; the wire only ever says `invalid_token`. */
export type AccessTokenFailure =
  | { readonly reason: 'too_long' }
  | { readonly reason: 'malformed' }
  /** Encrypted (five parts). Nothing is ever decrypted. */
  | { readonly reason: 'encrypted' }
  | { readonly reason: 'algorithm_not_allowed' }
  | { readonly reason: 'wrong_type' }
  | { readonly reason: 'critical_header' }
  /** The header brings a key, or says where one lies. It is never looked at. */
  | { readonly reason: 'key_in_header' }
  | { readonly reason: 'unknown_key' }
  | { readonly reason: 'bad_signature' }
  | { readonly reason: 'wrong_issuer' }
  | { readonly reason: 'wrong_audience' }
  | { readonly reason: 'wrong_client' }
  | { readonly reason: 'wrong_tenant' }
  | { readonly reason: 'claim_missing'; readonly claim: string }
  | { readonly reason: 'claim_malformed'; readonly claim: string }
  /**
   * Bound to a key of its client (`cnf`, RFC 7800) that nobody proved to hold: it came as a bearer token, or is bound in a
   * way that cannot be proven here.
   */
  | { readonly reason: 'sender_constrained' }
  /** Good in itself, and a bearer token where only those get in that are bound to a key. */
  | { readonly reason: 'not_sender_constrained' }
  | { readonly reason: 'expired' }
  | { readonly reason: 'not_yet_valid' }
  | { readonly reason: 'revoked' }
  /** The issuer, asked about the token, says that it is not active (RFC 7662 §2.2). */
  | { readonly reason: 'inactive' }
  /** Good in itself, but seen for the first time while revocations are not heard of. */
  | { readonly reason: 'revocation_blind' }
  | { readonly reason: 'keys_unavailable' }
  /** The issuer could not be asked about the token. */
  | { readonly reason: 'introspection_unavailable' }
  /** A verifier of the host's own threw, or answered what is no verdict. */
  | { readonly reason: 'verifier_failed' };
