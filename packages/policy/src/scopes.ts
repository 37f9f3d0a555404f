import type { ScopeDefinition } from '@portcullis/ports';

/** The scopes of an upstream for which none are configured. */
export const DEFAULT_SCOPES: readonly ScopeDefinition[] = [
  { name: 'mcp:tools:read', description: 'See which tools the server offers' },
  { name: 'mcp:tools:execute', description: 'Run tools on your behalf' },
  { name: 'mcp:resources:read', description: 'Read the files and data the server offers' },
  { name: 'mcp:prompts:read', description: 'Use the prompts the server offers' },
  {
    name: 'mcp:tools',
    description: 'See and run tools on your behalf',
    implies: ['mcp:tools:read', 'mcp:tools:execute'],
  },
];

/** What a request without `scope` asks for at such an upstream, and what its first challenge names. */
export const DEFAULT_REQUESTED_SCOPES: readonly string[] = [
  'mcp:tools:read',
  'mcp:tools:execute',
  'mcp:resources:read',
  'mcp:prompts:read',
];

/**
 * Answers what a set of scopes holds, the implied ones included (MCP: servers must account for scope hierarchies).
 * Names are compared exactly; there are no prefixes and no wildcards.
 */
export function createScopeHierarchy(
  scopes: readonly ScopeDefinition[],
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
