import type { JsonValue } from '@portcullis/protocol';

/** A list that nobody can change: the list itself where it is one, else a copy. */
export function frozenList<Item>(list: readonly Item[]): readonly Item[] {
  return Object.isFrozen(list) ? list : Object.freeze([...list]);
}

const NO_MORE = {
  value(): never {
    throw new TypeError('What a caller holds follows from its token, and is not for anybody to change');
  },
};
const SEALED: PropertyDescriptorMap = { add: NO_MORE, delete: NO_MORE, clear: NO_MORE };

/** Makes a set one that cannot be changed any more. `Object.freeze` alone leaves its items as open as they were. */
export function sealSet<Item>(set: ReadonlySet<Item>): ReadonlySet<Item> {
  return Object.freeze(Object.defineProperties(set, SEALED));
}

/** Makes JSON that nobody else has one that cannot be changed, all the way down. */
export function freezeJson<Value extends JsonValue>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const member of Object.values(value)) freezeJson(member as JsonValue);
  return Object.freeze(value);
}
