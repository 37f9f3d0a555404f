/** A scope and what it contains. */
export interface ScopeWithImplied {
  readonly name: string;
  readonly implies?: readonly string[];
}

/**
 * Answers what a set of scopes holds, the implied ones included (MCP: servers must account for scope hierarchies).
 * Names are compared exactly; there are no prefixes and no wildcards.
 */
export function createScopeHierarchy(
  scopes: readonly ScopeWithImplied[],
): (held: readonly string[]) => ReadonlySet<string> {
  const implied = new Map(scopes.map((scope) => [scope.name, scope.implies ?? []]));
  return (held) => {
    const all = new Set<string>();
    const open = [...held];
    for (let scope = open.pop(); scope !== undefined; scope = open.pop()) {
      if (all.has(scope)) continue;
      all.add(scope);
      open.push(...(implied.get(scope) ?? []));
    }
    return all;
  };
}
