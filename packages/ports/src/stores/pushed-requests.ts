import type { EpochSeconds, Sha256, TenantId } from '@portcullis/protocol';

/** An authorization request that its client pushed (RFC 9126 §2). */
export interface PushedRequest {
  readonly tenantId: TenantId;
  /** Of its `request_uri`. */
  readonly requestHash: Sha256;
  readonly clientId: string;
  /** The parameters of the request in their form encoding, without those of the client authentication. */
  readonly parameters: string;
  /** RFC 7638 thumbprint of the key whose proof came with it (RFC 9449 §10.1). @defaultValue none */
  readonly dpopKeyThumbprint?: string;
  readonly createdAtEpochSeconds: EpochSeconds;
  /** Until then a browser may begin with it. */
  readonly expiresAtEpochSeconds: EpochSeconds;
  /** As long as a transaction that began with it may live: until then the row is kept. */
  readonly keptUntilEpochSeconds: EpochSeconds;
}

/** A pushed request as it was found. */
export interface FoundPushedRequest extends PushedRequest {
  /** It was answered: with a code, or by a user who denied it. */
  readonly used: boolean;
}

/** Pushed authorization requests, by the hash of their `request_uri`. They are used up by `issue` and `deny` of
 * `AuthorizationTransactionStore`. */
export interface PushedRequestStore {
  create(request: PushedRequest): Promise<void>;
  /** The request, whether or not it was used or has expired. Consumes nothing. */
  find(tenantId: TenantId, requestHash: Sha256): Promise<FoundPushedRequest | undefined>;
}
