/** The algorithms access tokens may be signed with (RFC 7518 §3.1). */
export const SIGNING_ALGORITHMS = ['ES256', 'RS256'] as const;

/** One of {@link SIGNING_ALGORITHMS}. */
export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number];

/** Signs with one key. The private key itself may be out of reach. */
export interface Signer {
  /**
   * The signature as JWS has it (RFC 7515 §5.1): for ES256 the two numbers, 64 bytes, not their DER form.
   *
   * @throws anything when it cannot sign now. Nothing was consumed by then: the client is told to come back
   */
  sign(data: Uint8Array<ArrayBuffer>): Promise<Uint8Array>;
}

/** A key that a key service made. */
export interface MadeKey {
  /** Public, without `kid`, `alg` and `use`. */
  readonly publicJwk: JsonWebKey;
  /** What {@link KeyService.open} needs to find the key again. Stored as it is: a secret in it is sealed. */
  readonly keyReference: string;
}

/**
 * Makes keys and signs with them: in this process with keys that are sealed at rest, or in a service that never lets a
 * private key out. `purpose` is bound to the key: what was made for one purpose opens for no other.
 *
 * An implementation bounds its own calls: each answers or fails within seconds. What it throws is never sent on, and of
 * an error only its name and code are recorded.
 */
export interface KeyService {
  /** A key that is made and never opened again belongs to nobody: whoever made it was killed, or lost a race. */
  make(algorithm: SigningAlgorithm, purpose: string): Promise<MadeKey>;
  /**
   * @throws {KeyUnavailableError} when the reference does not lead to a key: sealed under another master key, gone;
   * anything else when the service does not answer
   */
  open(keyReference: string, algorithm: SigningAlgorithm, purpose: string): Promise<Signer>;
}

/** A stored key reference leads to no key here. */
export class KeyUnavailableError extends Error {
  override readonly name = 'KeyUnavailableError';
}

/** Makes a signer of a private key that is at hand, by whatever the platform signs with. @throws for what is no such key */
export type ImportSigner = (privateJwk: JsonWebKey, algorithm: SigningAlgorithm) => Promise<Signer>;
