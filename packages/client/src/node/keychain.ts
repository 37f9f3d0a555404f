import { OAuthClientError } from '../oauth-client-error.js';

/** What of `@napi-rs/keyring` is used: one entry of the keychain of the system. */
export interface KeychainEntry {
  getSecret(signal?: AbortSignal): Promise<ArrayLike<number> | null | undefined>;
  setSecret(secret: Uint8Array, signal?: AbortSignal): Promise<void>;
}

/** A keychain, as `@napi-rs/keyring` gives it. */
export interface KeychainModule {
  readonly AsyncEntry: new (
    service: string,
    account: string,
    options: { readonly linux: { readonly store: 'secret-service' } },
  ) => KeychainEntry;
}

/** Where the key of the store is kept in the keychain. */
const SERVICE = 'portcullis';
const ACCOUNT = 'store-key';
/** The system may ask the user whether we may; nobody may be there to answer. */
const ANSWER_MILLISECONDS = 30_000;

/**
 * The key kept in the keychain of the user, made by `create` where there is none, once for all who ask at the same time.
 * Undefined where there is no keychain, it is locked, or it does not answer: the module throws one and the same error for
 * all of that.
 *
 * On Linux the Secret Service alone counts: what the kernel keeps is gone when the machine starts again, and the records
 * would be with it.
 *
 * @param isUsable - whether what is there is a key; what is none is replaced, since nothing was sealed with it
 * @param alone - runs what it is given while no other process does
 */
export async function readOrMakeKeychainKey(
  load: () => Promise<KeychainModule>,
  create: () => Uint8Array<ArrayBuffer>,
  isUsable: (key: Uint8Array) => boolean,
  alone: <Value>(work: () => Promise<Value>) => Promise<Value>,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    const { AsyncEntry } = await load();
    const entry = new AsyncEntry(SERVICE, ACCOUNT, { linux: { store: 'secret-service' } });
    const read = async (): Promise<Uint8Array<ArrayBuffer> | undefined> => {
      const secret = await inTime((signal) => entry.getSecret(signal));
      const key = secret === null || secret === undefined ? undefined : Uint8Array.from(secret);
      return key !== undefined && isUsable(key) ? key : undefined;
    };
    const kept = await read();
    if (kept !== undefined) return kept;
    return await alone(async () => {
      const meanwhile = await read();
      if (meanwhile !== undefined) return meanwhile;
      await inTime((signal) => entry.setSecret(create(), signal));
      // A keychain that takes a key and does not give it back keeps nothing.
      return read();
    });
  } catch (error) {
    // The store is not safe: that is no matter of the keychain.
    if (error instanceof OAuthClientError) throw error;
    return undefined;
  }
}

/** @throws where it takes longer than {@link ANSWER_MILLISECONDS} */
async function inTime<Value>(ask: (signal: AbortSignal) => Promise<Value>): Promise<Value> {
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(new Error('The keychain does not answer')), ANSWER_MILLISECONDS);
  const tooLate = new Promise<never>((_resolve, reject) => {
    over.signal.addEventListener('abort', () => reject(over.signal.reason), { once: true });
  });
  try {
    return await Promise.race([ask(over.signal), tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
