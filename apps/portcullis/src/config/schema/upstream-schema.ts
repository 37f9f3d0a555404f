import { checkScopeName, findRepeatedScope, findScopeCircle } from '@portcullis/authorization-server/rules';
import { DEFAULT_SCOPES } from '@portcullis/policy';
import { z } from 'zod';
import { checkUpstreamName } from '../../routing/reserved-segments.js';
import { checkEnvironmentName, checkedText, shownName, strictObject, valueOrReference } from './building-blocks.js';
import { checkUpstreamUrl } from './upstream-url.js';

// The gate sets these itself for every request; a configured value would contradict it or cut the message differently.
const HEADERS_OF_THE_GATE = new Set([
  'connection',
  'content-length',
  'cookie',
  'expect',
  'host',
  'keep-alive',
  'mcp-session-id',
  'portcullis-assertion',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/;

function checkHeaderName(name: string): string | undefined {
  if (!HEADER_NAME.test(name)) return 'is not the name of an HTTP header';
  if (HEADERS_OF_THE_GATE.has(name.toLowerCase())) return 'is a header that the gate sets itself';
  return undefined;
}

const scopeName = checkedText('Name of a scope.', checkScopeName);
const scopes = z.union([scopeName.transform((scope) => [scope]), z.array(scopeName).min(1)], {
  error: 'must be a scope or a list of scopes',
});
const scope = strictObject({
  name: scopeName,
  description: z
    .string()
    .min(1)
    .max(200)
    .describe('Plain words that complete "This application wants to …" on the consent page.'),
  implies: z.array(scopeName).optional().describe('Scopes that this one contains.'),
});

const shape = strictObject({
  name: checkedText(
    'Where the upstream is found: /NAME/mcp. Without a name it is alone, at /mcp.',
    checkUpstreamName,
  ).optional(),
  displayName: shownName(
    'Name on pages. Default: the name; else what the upstream is on a loopback gate, and the public host on any other.',
  ).optional(),
  description: z.string().min(1).max(400).optional().describe('A sentence for the page people see at the MCP URL.'),
  url: checkedText('A Streamable HTTP server, for example http://127.0.0.1:3001/mcp.', checkUpstreamUrl).optional(),
  headers: z
    .record(checkedText('Header name.', checkHeaderName), valueOrReference)
    .optional()
    .describe('Headers added to every request to the url.'),
  command: z.string().min(1).optional().describe('A stdio server: the program to start, without a shell.'),
  args: z.array(z.string()).optional().describe('Arguments of the command.'),
  env: z
    .record(checkedText('Variable name.', checkEnvironmentName), valueOrReference)
    .optional()
    .describe('Environment of the command besides PATH, HOME, LANG and TMPDIR.'),
  cwd: z.string().min(1).optional().describe('Directory the command is started in, relative to this configuration.'),
  scopes: z.array(scope).min(1).optional().describe('Scopes of this upstream, in place of the built-in ones.'),
  methods: z
    .record(z.string().min(1).max(128), scopes)
    .optional()
    .describe('Scopes that an MCP method needs, by method.'),
  tools: z.record(z.string().min(1).max(256), scopes).optional().describe('Scopes that calling a tool needs, by tool.'),
  defaultScopes: z.array(scopeName).min(1).optional().describe('Scopes granted when a client asks for none.'),
  dpop: strictObject({
    required: z
      .boolean()
      .default(false)
      .describe('Whether only access tokens that are bound to a key are let in (RFC 9449 §7).'),
    requireNonce: z
      .boolean()
      .default(false)
      .describe('Whether proofs carry a nonce of the gate (RFC 9449 §9), whatever the clock of the client.'),
  })
    .optional()
    .describe('Proofs of possession. A token that is bound to a key needs one in any case.'),
});

type Shape = z.output<typeof shape>;

/** One server behind the gate: over HTTP (`url`) or as a process (`command`). */
export const upstreamSchema = shape.superRefine((upstream, context) => {
  const problem = (path: (string | number)[], message: string): void =>
    context.addIssue({ code: 'custom', path, message });
  if ((upstream.url === undefined) === (upstream.command === undefined)) {
    problem([], 'needs exactly one of url and command');
    return;
  }
  const foreign = upstream.url === undefined ? (['headers'] as const) : (['args', 'env', 'cwd'] as const);
  for (const key of foreign) {
    if (upstream[key] === undefined) continue;
    problem(
      [key],
      upstream.url === undefined ? 'belongs to an upstream with a url' : 'belongs to an upstream with a command',
    );
  }
  const known = (upstream.scopes ?? DEFAULT_SCOPES).map(({ name }) => name);
  for (const { path, names } of scopeUses(upstream)) {
    for (const name of names) {
      if (!known.includes(name)) problem(path, `scope "${name}" is not known here; known: ${known.join(', ')}`);
    }
  }
  const defined = upstream.scopes ?? [];
  const repeated = findRepeatedScope(defined);
  if (repeated !== -1) problem(['scopes', repeated, 'name'], `scope "${defined[repeated]?.name}" is defined twice`);
  const circle = findScopeCircle(defined);
  if (circle !== undefined) problem(['scopes'], `these imply each other in a circle: ${circle.join(', ')}`);
});

/** {@link upstreamSchema} as parsed. */
export type UpstreamInput = z.output<typeof upstreamSchema>;

function scopeUses(upstream: Shape): { path: (string | number)[]; names: readonly string[] }[] {
  const implied = (upstream.scopes ?? []).map(({ implies }, index) => ({
    path: ['scopes', index, 'implies'],
    names: implies ?? [],
  }));
  return [
    { path: ['defaultScopes'], names: upstream.defaultScopes ?? [] },
    ...implied,
    ...Object.entries(upstream.methods ?? {}).map(([method, names]) => ({ path: ['methods', method], names })),
    ...Object.entries(upstream.tools ?? {}).map(([tool, names]) => ({ path: ['tools', tool], names })),
  ];
}
