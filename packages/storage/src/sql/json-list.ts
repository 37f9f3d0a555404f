import type { JsonList } from './column-types.js';

/** A list as its column holds it. */
export function writeList(list: readonly string[]): JsonList {
  return JSON.stringify(list);
}

/** The list of a column that {@link writeList} wrote. @throws when the column holds anything else. */
export function readList(text: JsonList): readonly string[] {
  const list: unknown = JSON.parse(text);
  if (!Array.isArray(list) || !list.every((item) => typeof item === 'string')) {
    throw new TypeError('A column that holds a list of strings holds something else');
  }
  return list;
}
