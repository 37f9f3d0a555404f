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
/**
 * Makes a set one that cannot be changed any more. `Object.freeze` leaves its items as open as they were. Properties of its
 * own, one after the other, since that is the cheapest for a new token, and another prototype makes each copy dearer.
 */
export function sealSet<Item>(set: ReadonlySet<Item>): ReadonlySet<Item> {
  Object.defineProperty(set, 'add', NO_MORE);
  Object.defineProperty(set, 'delete', NO_MORE);
  return Object.defineProperty(set, 'clear', NO_MORE);
}

/** Makes JSON that nobody else has one that cannot be changed, all the way down. */
export function freezeJson<Value extends JsonValue>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const member of Object.values(value)) freezeJson(member as JsonValue);
  return Object.freeze(value);
}
