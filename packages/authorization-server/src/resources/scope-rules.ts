import { isScopeToken } from '@portcullis/protocol';

/** The longest name of a scope, in characters. */
const LONGEST_SCOPE_NAME = 128;

/**
 * What is wrong with the name of a scope, or undefined. A name with a space would be two scopes to whoever reads the token
 * (RFC 6749 §3.3).
 *
 * @returns a sentence that does not repeat the name
 */
export function checkScopeName(name: string): string | undefined {
  if (name.length > LONGEST_SCOPE_NAME || !isScopeToken(name))
    return `a scope has 1 to ${LONGEST_SCOPE_NAME} printable ASCII characters without space, " and \\`;
  if (name === 'offline_access') return 'offline_access is not a right at an upstream and cannot be a scope here';
  return undefined;
}

/** The first name that two of the scopes of a resource have, by its place among them; -1 where each is there once. */
export function findRepeatedScope(scopes: readonly { readonly name: string }[]): number {
  const seen = new Set<string>();
  return scopes.findIndex(({ name }) => seen.size === seen.add(name).size);
}

/**
 * A scope that contains itself by way of what it implies: all in such a circle would be one scope under several names, and a consent
 * to the least of them one to all.
 *
 * @param scopes - those of one resource; names among `implies` that are not there are passed over
 * @returns the names in the order in which they imply each other, the first once more at the end; undefined without a circle
 */
export function findScopeCircle(
  scopes: readonly { readonly name: string; readonly implies?: readonly string[] | undefined }[],
): readonly string[] | undefined {
  const implied = new Map(scopes.map(({ name, implies = [] }) => [name, implies]));
  const cleared = new Set<string>();
  const walk = (name: string, way: readonly string[]): readonly string[] | undefined => {
    if (way.includes(name)) return [...way.slice(way.indexOf(name)), name];
    if (cleared.has(name)) return undefined;
    for (const next of implied.get(name) ?? []) {
      const circle = walk(next, [...way, name]);
      if (circle !== undefined) return circle;
    }
    cleared.add(name);
    return undefined;
  };
  for (const { name } of scopes) {
    const circle = walk(name, []);
    if (circle !== undefined) return circle;
  }
  return undefined;
}
