import { resolve } from 'node:path';
import type { ConfigProblem } from './config-problem.js';
import { defaultDisplayName } from './default-display-name.js';
import type { UpstreamConfig, UpstreamConfigBase, UpstreamPolicyConfig } from './gateway-config.js';
import type { ValueOrReference } from './schema/building-blocks.js';
import type { UpstreamInput } from './schema/upstream-schema.js';
import { readSecret, type SecretSource } from './secret-source.js';

// field-value of RFC 9110 §5.5, without obs-text
const HEADER_VALUE = /^[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?$/;

/** Gives an upstream its place. Looks no reference up. */
export function placeUpstream(input: UpstreamInput, publicUrl: string): UpstreamConfigBase {
  const path = input.name === undefined ? '/mcp' : `/${input.name}/mcp`;
  return {
    name: input.name,
    path,
    resource: publicUrl + path,
    displayName: input.displayName ?? input.name ?? defaultDisplayName(input, publicUrl),
    description: input.description,
    policy: policyOf(input),
    dpop: { required: input.dpop?.required ?? false, requireNonce: input.dpop?.requireNonce ?? false },
  };
}

/** Gives an upstream its place and looks its references up; what fails goes to `report`, with its path inside it. */
export function resolveUpstream(
  input: UpstreamInput,
  publicUrl: string,
  source: SecretSource,
  report: (problem: ConfigProblem) => void,
): UpstreamConfig {
  const base = placeUpstream(input, publicUrl);
  const values = (key: 'headers' | 'env', check: (value: string) => string | undefined): Record<string, string> => {
    const resolved: Record<string, string> = {};
    for (const [name, value] of Object.entries<ValueOrReference>(input[key] ?? {})) {
      const secret = readSecret(value, source);
      const problem = secret.ok ? check(secret.value) : secret.failure;
      if (problem !== undefined) report({ path: [key, name], message: problem });
      else if (secret.ok) resolved[name] = secret.value;
    }
    return resolved;
  };
  if (input.url !== undefined) {
    const headers = values('headers', (value) => (HEADER_VALUE.test(value) ? undefined : 'is not a header value'));
    return { ...base, kind: 'http', url: input.url, headers };
  }
  if (input.command === undefined) throw new Error('the schema lets no upstream through without url and command');
  return {
    ...base,
    kind: 'stdio',
    command: input.command,
    args: input.args ?? [],
    env: values('env', (value) => (value.includes('\0') ? 'holds a NUL character' : undefined)),
    cwd: input.cwd === undefined ? undefined : resolve(source.baseDirectory, input.cwd),
  };
}

function policyOf(input: UpstreamInput): UpstreamPolicyConfig {
  return {
    scopes: (input.scopes ?? []).map(({ name, description, implies }) => ({
      name,
      description,
      ...(implies === undefined ? {} : { implies }),
    })),
    methods: input.methods ?? {},
    tools: input.tools ?? {},
    defaultScopes: input.defaultScopes,
  };
}
