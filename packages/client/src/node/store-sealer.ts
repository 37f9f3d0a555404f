import { createHash } from 'node:crypto';
import { createSealer, type Sealer } from '@portcullis/ports';
import { nodePlatform } from '@portcullis/ports/node';
import type { JsonObject, JsonValue } from '@portcullis/protocol';
import { textMember } from '../http/json-object.js';
import { OAuthClientError } from '../oauth-client-error.js';
import type { StoreKey, StoreKeySource } from './store-key.js';

/** A text under a key, and which key that is. */
export interface SealedText {
  readonly sealed: string;
  /** `source` and `id` of the key; absent in what was kept before this was said. */
  readonly sealedWith: JsonObject | undefined;
}

/** Seals with the first key that there is, and opens with every one. */
export interface StoreSealer {
  /** Undefined where there is no key to seal with. */
  seal(text: string, name: string): Promise<SealedText | undefined>;
  /**
   * Undefined where the text is damaged: the key is there, and it does not open.
   *
   * @throws {OAuthClientError} `store_locked` where the key is not there: the text may be whole
   */
  open(text: SealedText, name: string): Promise<string | undefined>;
}

/** What a key is called in words, and the words for one that is not there any more, or not now. */
const WORDS: Readonly<Record<StoreKeySource, { readonly other: string; readonly absent: string }>> = {
  keychain: {
    other: 'with a key that the keychain of this computer no longer has',
    absent: 'with the key in the keychain of this computer, which does not answer here',
  },
  environment: {
    other: 'with another PORTCULLIS_STORE_KEY than the one that is set',
    absent: 'with a PORTCULLIS_STORE_KEY, and it is not set',
  },
  passphrase: {
    other: 'with another PORTCULLIS_STORE_PASSPHRASE than the one that is set',
    absent: 'with a PORTCULLIS_STORE_PASSPHRASE, and it is not set',
  },
  none: {
    other: 'with another key than the one that is here',
    absent:
      'with a key, and there is none: no keychain answers, and neither PORTCULLIS_STORE_KEY nor PORTCULLIS_STORE_PASSPHRASE is set',
  },
};

/** One key, with what it is called in files. */
interface NamedKey {
  readonly source: StoreKeySource | undefined;
  readonly id: string;
  readonly sealer: Sealer;
}

/**
 * The keys of a store. A text says which one it was sealed with, by a hash that tells nothing of the key: so that a key which
 * is not there (a keychain that does not answer, a variable that is not set) is not taken for damage, and what it protects is
 * not thrown away.
 */
export function createStoreSealer(storeKey: Pick<StoreKey, 'key'> & Partial<StoreKey>): StoreSealer {
  const first = nameKey(storeKey);
  let others: Promise<readonly NamedKey[]> | undefined;

  /** Asked for when they are needed: a key that is made of a passphrase takes its time. */
  function findOthers(): Promise<readonly NamedKey[]> {
    others ??= (storeKey.findOthers?.() ?? Promise.resolve([])).then((keys) =>
      keys.flatMap((key) => nameKey(key) ?? []),
    );
    return others;
  }

  return {
    async seal(text, name) {
      if (first === undefined) return undefined;
      const { source = null, id } = first;
      return { sealed: await first.sealer.seal(text, name), sealedWith: { source, id } };
    },
    async open({ sealed, sealedWith }, name) {
      const id = sealedWith === undefined ? undefined : textMember(sealedWith, 'id');
      if (first !== undefined && id === first.id) return first.sealer.open(sealed, name);
      const keys = [...(first === undefined ? [] : [first]), ...(await findOthers())];
      if (id !== undefined) {
        const key = keys.find((one) => one.id === id);
        if (key === undefined) throw locked(sourceOf(sealedWith?.['source']), keys);
        return key.sealer.open(sealed, name);
      }
      if (keys.length === 0) throw locked(undefined, keys);
      for (const key of keys) {
        const text = await key.sealer.open(sealed, name);
        if (text !== undefined) return text;
      }
      return undefined;
    },
  };
}

function nameKey({ source, key }: Pick<StoreKey, 'key'> & Partial<StoreKey>): NamedKey | undefined {
  if (key === undefined) return undefined;
  const id = createHash('sha256').update('portcullis client store key id').update(key).digest('base64url').slice(0, 22);
  return { source, id, sealer: createSealer(key, 'client store', nodePlatform.random) };
}

function sourceOf(value: JsonValue | undefined): StoreKeySource | undefined {
  return value === 'keychain' || value === 'environment' || value === 'passphrase' ? value : undefined;
}

function locked(source: StoreKeySource | undefined, there: readonly NamedKey[]): OAuthClientError {
  const words = WORDS[source ?? 'none'];
  const isOther = source === undefined ? there.length > 0 : there.some((key) => key.source === source);
  return new OAuthClientError(
    'store_locked',
    `What is kept of this sign-in was encrypted ${isOther ? words.other : words.absent}. It is left as it is. Bring that key back, or sign in again, which replaces it.`,
  );
}
