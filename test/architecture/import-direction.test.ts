import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { ROOT } from '../support/paths.js';

interface CruiseResult {
  readonly summary: {
    readonly totalCruised: number;
    readonly violations: readonly { readonly rule: { readonly name: string }; readonly from: string }[];
  };
}

function cruise(): CruiseResult['summary'] {
  const command = join(ROOT, 'node_modules/.bin/depcruise');
  const args = ['--config', '.dependency-cruiser.cjs', '--output-type', 'json', 'packages', 'apps'];
  const output = execFileSync(command, args, { cwd: ROOT, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  return (JSON.parse(output) as CruiseResult).summary;
}

const planted: string[] = [];

function plant(path: string, text: string): void {
  const file = join(ROOT, path);
  planted.push(file);
  writeFileSync(file, text);
}

afterEach(() => {
  for (const file of planted.splice(0)) rmSync(file, { force: true });
});

describe('the import direction', () => {
  it('is broken by each planted violation, so the check can fail, and by nothing else', () => {
    const violations = [
      ['protocol/src/planted-upward.ts', 'protocol-imports-only-below', "* from '@portcullis/ports'"],
      [
        'policy/src/planted-sibling.ts',
        'policy-imports-only-below',
        "type { Guard } from '@portcullis/resource-server'",
      ],
      ['audit/src/planted-node.ts', 'neutral-rooms-run-anywhere', "{ readFileSync } from 'node:fs'"],
      ['gateway/src/planted-driver.ts', 'only-storage-knows-a-driver', "{ Kysely } from 'kysely'"],
    ] as const;
    for (const [path, , exported] of violations) plant(`packages/${path}`, `export ${exported};\n`);
    const { totalCruised, violations: found } = cruise();
    const named = found.map(({ rule, from }) => `${from} ${rule.name}`);
    expect(new Set(named)).toEqual(new Set(violations.map(([path, rule]) => `packages/${path} ${rule}`)));
    // The tool has seen the sources.
    expect(totalCruised).toBeGreaterThan(150);
  });
});
