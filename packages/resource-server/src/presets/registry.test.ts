import { describe, expect, it } from 'vitest';
import * as presets from '../index.js';
import type { Preset } from './preset.js';
import { PRESETS } from './registry.js';
import { RESOURCE, TRUSTED } from './testing/recorded-tokens.js';

const ALL: readonly Preset[] = Object.values(PRESETS);
const HOSTILE = 'https://evil.example/\'); process.exit(1); //\\\n\u2028\u2029$`"</script>';

/** Runs printed configuration with the given functions in place of ours: what the guard is made with. */
function run(preset: Preset, code: string, make: (argument: never) => unknown): { resource: string; trusted: unknown } {
  const [first = '', ...lines] = code.split('\n');
  expect(first).toMatch(/^import \{ \w+, \w+ \} from '@portcullis\/resource-server';$/);
  const body = lines.join('\n').replace('export const resource =', 'return');
  const made = new Function('protectResource', preset.name, 'UNIQUE_ID', 'process', body)(
    (options: unknown) => options,
    make,
    '113774264463038321964',
    { env: { API_CLIENT_SECRET: 'a secret of tests' } },
  );
  expect(made.authorizationServers).toHaveLength(1);
  return { resource: made.resource, trusted: made.authorizationServers[0] };
}

describe('PRESETS', () => {
  it('has every preset by its name, and a function of that name', () => {
    for (const [name, preset] of Object.entries(PRESETS)) {
      expect(preset.name).toBe(name);
      expect((presets as Record<string, unknown>)[name]).toBeTypeOf('function');
      expect(TRUSTED[preset.name].rules.preset).toBe(name);
    }
  });

  it.each(ALL)('says of $name what to do, in sentences', ({ title, direct, steps }) => {
    expect(title).not.toBe('');
    for (const sentence of [direct.condition, ...steps]) expect(sentence).toMatch(/^[A-Z][^\n]+\.$/);
    expect(steps.length).toBeGreaterThan(0);
  });

  it('knows of one provider alone whose weak proof can be chosen, and has it chosen by nobody', () => {
    const weak = ALL.filter(({ recipientProof }) => recipientProof !== 'audience').map(({ name }) => name);
    expect(weak).toEqual(['cognito']);
    for (const preset of ALL) {
      const trusted = TRUSTED[preset.name];
      expect(trusted.rules.recipientProof).toBe('audience');
      expect(preset.codeOf({ issuer: trusted.issuer, resource: RESOURCE })).not.toContain('resource_scopes');
    }
  });

  it.each(ALL)('prints configuration for $name that trusts the issuer it was asked about', (preset) => {
    const { issuer } = TRUSTED[preset.name];
    const code = preset
      .codeOf({ issuer, resource: RESOURCE })
      .replace('UNIQUE_ID:', '[UNIQUE_ID]:')
      .replace("'PROJECT_ID'", "'201982826478953724'");
    const made = run(
      preset,
      code,
      (presets as unknown as Record<string, (argument: never) => unknown>)[preset.name] as never,
    );
    expect(made).toMatchObject({ resource: RESOURCE, trusted: { issuer, rules: { preset: preset.name } } });
  });

  it.each(ALL)('prints for $name what stays text, whatever the issuer and the resource are called', (preset) => {
    const code = preset.codeOf({ issuer: HOSTILE, resource: HOSTILE }).replace('UNIQUE_ID:', '[UNIQUE_ID]:');
    const made = run(preset, code, (argument) => argument);
    expect(made.resource).toBe(HOSTILE);
    const texts = JSON.stringify(made.trusted);
    const hasIssuer = !['entra', 'cognito', 'google'].includes(preset.name);
    expect(texts.includes(JSON.stringify(HOSTILE).slice(1, -1))).toBe(hasIssuer);
  });

  it('fills in placeholders where the issuer tells nothing', () => {
    const target = { issuer: 'https://elsewhere.example', resource: RESOURCE };
    expect(PRESETS.entra.codeOf(target)).toContain("tenant: 'TENANT_ID', api: 'API_APPLICATION_ID'");
    expect(PRESETS.cognito.codeOf(target)).toContain(
      "region: 'REGION', userPoolId: 'USER_POOL_ID', clients: ['CLIENT_ID']",
    );
    expect(PRESETS.auth0.codeOf(target)).toContain("issuer: 'https://elsewhere.example/'");
  });
});
