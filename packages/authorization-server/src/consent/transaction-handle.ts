import { type Random, randomSecret } from '@portcullis/ports';
import type { EpochSeconds } from '@portcullis/protocol';

const HANDLE = /^pct_[A-Za-z0-9_-]{43}(?:\.([0-9]{1,12}))?$/;

/**
 * A fresh handle. Where the request wants a recent sign-in, it says since when one counts: stores find a transaction by
 * the hash of the whole handle, so another time in it is another handle, and that one is unknown.
 */
export function newTransactionHandle(random: Random, authenticatedSince: EpochSeconds | undefined): string {
  const secret = randomSecret(random, 'pct_');
  return authenticatedSince === undefined ? secret : `${secret}.${authenticatedSince}`;
}

/** Since when the user of this transaction must have signed in; undefined where it does not matter. */
export function authenticatedSinceOf(handle: string): EpochSeconds | undefined {
  const time = HANDLE.exec(handle)?.[1];
  return time === undefined ? undefined : Number(time);
}
