import { base64Url, fail, type Result, succeed } from '@portcullis/protocol';
import type { Clock } from './platform.js';

/** How long a nonce is the newest one, in seconds. */
const SLOT_SECONDS = 60;

/** Slots whose nonce counts, the newest among them: a client that was told one has four minutes at least. */
const SLOTS_ACCEPTED = 5;

/** Nonces that a server chooses for DPoP proofs (RFC 9449 §8, §9). */
export interface DpopNonces {
  /** The newest one, for the header `DPoP-Nonce`. */
  current(): Promise<string>;
  /** Whether this was the newest one a moment ago: five minutes at most. */
  accepts(nonce: string): Promise<boolean>;
}

/**
 * Nonces without a memory: the number of a minute, authenticated (HMAC-SHA-256) under a key derived from `secret`. Every
 * process with the same secret accepts those of the others, before and after a restart. They bound how old a proof is,
 * whatever the clock of whoever made it; one-time use is not theirs.
 *
 * @param secret - at least 32 bytes of entropy
 * @param purpose - who gives them out: those of one purpose are none of another. See {@link dpopNoncePurpose}
 */
export function createDpopNonces(secret: Uint8Array<ArrayBuffer>, purpose: string, clock: Clock): DpopNonces {
  const utf8 = new TextEncoder();
  let key: Promise<CryptoKey> | undefined;

  async function derive(): Promise<CryptoKey> {
    const material = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveKey']);
    return crypto.subtle.deriveKey(
      {
        name: 'HKDF',
        hash: 'SHA-256',
        salt: new Uint8Array(32),
        info: utf8.encode(`portcullis dpop nonce ${purpose}`),
      },
      material,
      { name: 'HMAC', hash: 'SHA-256', length: 256 },
      false,
      ['sign'],
    );
  }

  async function nonceOf(slot: number): Promise<string> {
    if (key === undefined) {
      key = derive();
      // What failed once is not remembered as failed for ever.
      key.catch(() => {
        key = undefined;
      });
    }
    const mac = await crypto.subtle.sign('HMAC', await key, utf8.encode(String(slot)));
    return `${slot.toString(36)}.${base64Url(new Uint8Array(mac).subarray(0, 16))}`;
  }

  const slotNow = (): number => Math.floor(clock.nowEpochSeconds() / SLOT_SECONDS);
  return {
    current: () => nonceOf(slotNow()),
    async accepts(nonce) {
      const slot = Number.parseInt(nonce.slice(0, Math.max(0, nonce.indexOf('.'))), 36);
      // One slot ahead: another process whose clock is.
      const isRecent = slot > slotNow() - SLOTS_ACCEPTED && slot <= slotNow() + 1;
      return isRecent && isEqual(nonce, await nonceOf(slot));
    },
  };
}

/**
 * The purpose of nonces for all that there is at one origin: clients keep one nonce for each origin (RFC 9449 §8.2), and would
 * be asked again at every turn from an endpoint to another whose nonces are others.
 *
 * @param url - of the issuer or resource
 */
export function dpopNoncePurpose(url: string): string {
  return `origin ${new URL(url).origin}`;
}

/** Why a proof has to be sent again, and with which nonce. */
export interface DpopNonceFailure {
  readonly reason: 'dpop_nonce_missing' | 'dpop_nonce_stale';
  /** The newest one. */
  readonly nonce: string;
}

/**
 * Checks the nonce of a proof where proofs need one (RFC 9449 §8, §9).
 *
 * @param nonces - undefined where they need none
 * @returns the newest nonce where the proof has an older one that still counts: for `DPoP-Nonce` of the answer (§8.2)
 */
export async function checkDpopNonce(
  nonces: DpopNonces | undefined,
  nonce: string | undefined,
): Promise<Result<string | undefined, DpopNonceFailure>> {
  if (nonces === undefined) return succeed(undefined);
  const newest = await nonces.current();
  if (nonce === newest) return succeed(undefined);
  if (nonce !== undefined && (await nonces.accepts(nonce))) return succeed(newest);
  return fail({ reason: nonce === undefined ? 'dpop_nonce_missing' : 'dpop_nonce_stale', nonce: newest });
}

/** In a time that does not tell where they begin to differ: one is guessed at, the other is what makes it good. */
function isEqual(left: string, right: string): boolean {
  let difference = left.length ^ right.length;
  for (let index = 0; index < right.length; index += 1) {
    difference |= (left.charCodeAt(index) | 0) ^ right.charCodeAt(index);
  }
  return difference === 0;
}
