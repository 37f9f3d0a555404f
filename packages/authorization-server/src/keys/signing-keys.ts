import type { Signer, SigningAlgorithm, StoredSigningKey } from '@portcullis/ports';
import type { JWK } from 'jose';
import type { AuditTrail } from '../audit-trail.js';
import { ConfigurationError } from '../configuration-error.js';
import { describeError } from '../describe-error.js';
import type { Settings } from '../settings.js';
import { type KeyPorts, listKeysOrMakeFirst } from './first-key.js';
import { createKeyRows } from './key-rows.js';
import { fallbackKeys, publishedKeys, signingKey, stateOfKey, type TokenLifetimes } from './key-timeline.js';
import { demandThatItOpens } from './open-signer.js';
import { createOpenedSigners } from './opened-signers.js';
import { importPublicJwk } from './public-jwk.js';
import { SigningUnavailableError } from './signing-unavailable-error.js';

/** A public key that access tokens can be verified with. */
export interface VerificationKey {
  /** `kid` */
  readonly keyId: string;
  readonly algorithm: SigningAlgorithm;
  readonly publicKey: CryptoKey;
}

/** A key that signs access tokens. */
export interface SigningKey {
  /** `kid` */
  readonly keyId: string;
  /** `alg` */
  readonly algorithm: SigningAlgorithm;
  /** Its `sign` throws {@link SigningUnavailableError}, whatever the key service threw. */
  readonly signer: Signer;
}

/** The keys of this issuer. The private ones never leave the key service. */
export interface SigningKeys {
  /**
   * The key that signs now. Where it does not open in this process, the last made of those before it that does, and that
   * ends no earlier than a token it signs now. While the store does not answer, it is told from what was read last.
   *
   * @throws {SigningUnavailableError} when there is none
   */
  current(): Promise<SigningKey>;
  /**
   * Every key whose tokens are to be accepted, as it stands in the store now.
   *
   * @throws what the store throws: how long a set from before may be used is for whoever holds it to say
   */
  verificationKeys(): Promise<readonly VerificationKey[]>;
  /** The same as a JWK Set (RFC 7517 §5), as of at most half a minute ago; while the store does not answer, as it answered
   * last. */
  jwks(): Promise<{ readonly keys: readonly JWK[] }>;
  /** Reads the keys anew at the next call: somebody in this process changed them. */
  reload(): void;
}

/**
 * Loads the signing keys of a tenant, or makes the first, and follows what any process does with them from then on.
 *
 * @throws {ConfigurationError} when the key that signs now was sealed under another master key
 */
export async function loadSigningKeys(
  ports: KeyPorts,
  trail: AuditTrail,
  { tenantId, signing, lifetimes }: Pick<Settings, 'tenantId' | 'signing'> & { readonly lifetimes: TokenLifetimes },
): Promise<SigningKeys> {
  const { clock } = ports.platform;
  const keys = await listKeysOrMakeFirst(ports, trail, tenantId, signing);
  const signsNow = signingKey(keys, clock.nowEpochSeconds());
  if (signsNow === undefined) throw new ConfigurationError('storage: none of the stored signing keys may sign now');
  const rows = createKeyRows(ports.storage.signingKeys, clock, tenantId);
  const signers = createOpenedSigners(ports.keyService, clock, trail);
  signers.hold(signsNow, await demandThatItOpens(ports.keyService, signsNow));

  async function firstToOpen(candidates: readonly StoredSigningKey[]): Promise<SigningKey | undefined> {
    for (const key of candidates) {
      const signer = await signers.open(key);
      if (signer !== undefined) return toSigningKey(key, signer);
    }
    return undefined;
  }

  return {
    async current() {
      const known = await rows.recent();
      const now = clock.nowEpochSeconds();
      // A key is opened before its time: that it does not open is told while there is time to mend it.
      for (const key of known) if (stateOfKey(key, known, now) === 'pending') void signers.open(key);
      const signs = signingKey(known, now);
      const opened =
        (await firstToOpen(signs === undefined ? [] : [signs])) ??
        (await firstToOpen(fallbackKeys(known, now, lifetimes)));
      if (opened !== undefined) return opened;
      signers.tryAgain();
      throw new SigningUnavailableError('no_key_opens');
    },
    async verificationKeys() {
      const published = publishedKeys(await rows.fresh(), clock.nowEpochSeconds());
      return Promise.all(
        published.map(async ({ keyId, algorithm, publicJwk }) => ({
          keyId,
          algorithm,
          publicKey: await importPublicJwk(publicJwk, algorithm),
        })),
      );
    },
    async jwks() {
      const published = publishedKeys(await rows.recent(), clock.nowEpochSeconds());
      return { keys: published.map(({ publicJwk }) => JSON.parse(publicJwk) as JWK) };
    },
    reload: rows.forget,
  };
}

function toSigningKey({ keyId, algorithm }: StoredSigningKey, signer: Signer): SigningKey {
  return {
    keyId,
    algorithm,
    signer: {
      async sign(data) {
        try {
          return await signer.sign(data);
        } catch (error) {
          throw new SigningUnavailableError(describeError(error));
        }
      },
    },
  };
}
