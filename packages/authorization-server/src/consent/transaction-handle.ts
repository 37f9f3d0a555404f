import { type Random, randomSecret } from '@portcullis/ports';
import type { EpochSeconds } from '@portcullis/protocol';

const HANDLE = /^pct_[A-Za-z0-9_-]{43}(?:\.([0-9]{1,12}))?(?:~([A-Z]{8}))?$/;

/** What a handle says beside its secret. */
export interface HandleFacts {
  /** Since when the user must have signed in; undefined where it does not matter. */
  readonly authenticatedSince: EpochSeconds | undefined;
  /** The user code of the device that waits, without its dash; undefined where none does. */
  readonly userCode: string | undefined;
}

/**
 * A fresh handle, with what its transaction is to be told by: stores find a transaction by the hash of the whole handle, so
 * anything else in it is another handle, and that one is unknown. A user code stands there because the store keeps its
 * hash alone, and the person has to see it.
 */
export function newTransactionHandle(random: Random, { authenticatedSince, userCode }: HandleFacts): string {
  const time = authenticatedSince === undefined ? '' : `.${authenticatedSince}`;
  const code = userCode === undefined ? '' : `~${userCode}`;
  return randomSecret(random, 'pct_') + time + code;
}

/** What {@link newTransactionHandle} was told. */
export function readTransactionHandle(handle: string): HandleFacts {
  const [, time, userCode] = HANDLE.exec(handle) ?? [];
  return { authenticatedSince: time === undefined ? undefined : Number(time), userCode };
}
