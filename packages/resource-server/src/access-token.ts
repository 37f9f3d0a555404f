import type { EpochSeconds, Issuer, ResourceIdentifier, TenantId } from '@portcullis/protocol';

/** An access token that was found valid for one resource. The token itself is not in here. */
export interface VerifiedAccessToken {
  readonly tenantId: TenantId;
  readonly issuer: Issuer;
  readonly resource: ResourceIdentifier;
  readonly subject: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
  /** `jti` */
  readonly accessTokenId: string;
  readonly grantId: string | undefined;
  readonly keyId: string;
  readonly issuedAtEpochSeconds: EpochSeconds;
  readonly expiresAtEpochSeconds: EpochSeconds;
}

/** Why an access token was refused. For the trail; the wire only ever says `invalid_token`. */
export type AccessTokenFailure =
  | { readonly reason: 'too_long' }
  | { readonly reason: 'malformed' }
  | { readonly reason: 'algorithm_not_allowed' }
  | { readonly reason: 'wrong_type' }
  | { readonly reason: 'critical_header' }
  | { readonly reason: 'unknown_key' }
  | { readonly reason: 'bad_signature' }
  | { readonly reason: 'wrong_issuer' }
  | { readonly reason: 'wrong_audience' }
  | { readonly reason: 'wrong_tenant' }
  | { readonly reason: 'claim_missing'; readonly claim: string }
  | { readonly reason: 'claim_malformed'; readonly claim: string }
  | { readonly reason: 'expired' }
  | { readonly reason: 'not_yet_valid' }
  | { readonly reason: 'revoked' }
  /** Good in itself, but seen for the first time while revocations are not heard of. */
  | { readonly reason: 'revocation_blind' }
  | { readonly reason: 'keys_unavailable' };
