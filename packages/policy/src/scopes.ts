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
