import type { PresetName, PresetTarget } from './preset.js';

/**
 * TypeScript that protects a resource with one trusted issuer. `argument` is source text; use {@link quote} for whatever
 * came from outside.
 */
export function formatPresetCode(preset: PresetName, argument: string, { resource }: PresetTarget): string {
  return [
    `import { ${['protectResource', preset].sort().join(', ')} } from '@portcullis/resource-server';`,
    '',
    'export const resource = protectResource({',
    `  resource: ${quote(resource)},`,
    `  authorizationServers: [${preset}(${argument})],`,
    '});',
    '',
  ].join('\n');
}

/** A text as a string literal of TypeScript: it stays one whatever is in it. */
export function quote(text: string): string {
  const escaped = JSON.stringify(text)
    .slice(1, -1)
    .replaceAll('\\"', '"')
    .replaceAll("'", "\\'")
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029');
  return `'${escaped}'`;
}
