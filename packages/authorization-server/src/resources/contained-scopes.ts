import type { ScopeDefinition } from '@portcullis/ports';

/**
 * Scopes and all that they contain by the `definitions` of a resource, by way of others as well. Whoever may have a scope
 * may have what it contains; having all that it contains is not having it. A name that is not defined contains nothing.
 */
export function withContained(scopes: readonly string[], definitions: readonly ScopeDefinition[]): ReadonlySet<string> {
  const covered = new Set(scopes);
  // A set is walked in the order of insertion, what is added on the way included.
  for (const scope of covered) {
    for (const contained of definitions.find(({ name }) => name === scope)?.implies ?? []) covered.add(contained);
  }
  return covered;
}
