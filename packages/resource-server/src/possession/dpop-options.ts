import { createDpopNonces, type DpopNonces, dpopNoncePurpose, type Platform } from '@portcullis/ports';
import { createReplayMemory, type ReplayMemory } from './replay-memory.js';

/** How a resource takes tokens that are bound to a key of their client (RFC 9449). */
export interface DpopOptions {
  /**
   * Whether no other tokens get in. The metadata say so (`dpop_bound_access_tokens_required`, RFC 9728 §2), and all
   * challenges are of the scheme `DPoP`. @defaultValue false: a token that is not bound is a bearer token
   */
  readonly required?: boolean;
  /**
   * Whether a proof has to have a nonce of this server (RFC 9449 §9), so that none can be made in advance. Clients send
   * their first request twice, and another one each time their nonce is older than five minutes. @defaultValue false
   */
  readonly requireNonce?: boolean;
  /**
   * What nonces are made from: at least 32 bytes, and random, which is not checked. Clients keep one nonce for all of an
   * origin, so the resources of one origin need the same secret, and so do an authorization server there and all replicas.
   * @defaultValue one of this resource in this process, or of all tenants of one `protectTenants`
   */
  readonly nonceSecret?: Uint8Array;
  /**
   * Remembers proofs that were used. Replicas need one that they share, and so do two guards of one resource in a process:
   * without it, a proof is good once at each.
   * @defaultValue {@link createReplayMemory}: 200,000 proofs in the memory of this process, of this resource object alone or
   *   of all tenants of one `protectTenants`
   */
  readonly replayMemory?: ReplayMemory;
}

/** {@link DpopOptions} with nothing left open. */
export interface DpopSettings {
  readonly isRequired: boolean;
  /** Undefined where proofs need none. */
  readonly nonces: DpopNonces | undefined;
  readonly replayMemory: ReplayMemory;
}

/** Written as an object, so that the compiler asks for every option that there is. */
const NAMES: Readonly<Record<keyof DpopOptions, true>> = {
  required: true,
  requireNonce: true,
  nonceSecret: true,
  replayMemory: true,
};

/**
 * Checks what was given and fills in the defaults.
 *
 * @param origin - whose nonces they are: all of one origin that share a secret take each other's
 * @throws {TypeError} says what is wrong, and what to write instead
 */
export function resolveDpop(
  options: DpopOptions | undefined,
  origin: string,
  { clock, random }: Pick<Platform, 'clock' | 'random'>,
): DpopSettings {
  if (options !== undefined && (typeof options !== 'object' || options === null)) {
    throw new TypeError('dpop is no object: write { required: true }, or leave it out');
  }
  for (const name of Object.keys(options ?? {})) {
    if (!Object.hasOwn(NAMES, name)) throw new TypeError(`dpop has no option ${JSON.stringify(name)}`);
  }
  const { required = false, requireNonce = false, nonceSecret, replayMemory } = options ?? {};
  for (const [name, value] of Object.entries({ required, requireNonce })) {
    if (typeof value !== 'boolean') throw new TypeError(`dpop.${name} must be true or false`);
  }
  if (nonceSecret !== undefined && !(nonceSecret instanceof Uint8Array && nonceSecret.length >= 32)) {
    throw new TypeError('dpop.nonceSecret needs at least 32 bytes, and random ones');
  }
  if (replayMemory !== undefined && typeof replayMemory?.use !== 'function') {
    throw new TypeError(
      'dpop.replayMemory has no use: write { use: async (proofHash, expiresAtEpochSeconds, nowEpochSeconds) => … }',
    );
  }
  return {
    isRequired: required,
    nonces: requireNonce
      ? createDpopNonces(
          nonceSecret === undefined ? random.bytes(32) : new Uint8Array(nonceSecret),
          dpopNoncePurpose(origin),
          clock,
        )
      : undefined,
    replayMemory: replayMemory ?? createReplayMemory(),
  };
}
