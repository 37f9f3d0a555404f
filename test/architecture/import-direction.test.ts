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
  it('holds, over a number of modules that shows the tool sees the sources', () => {
    const { totalCruised, violations } = cruise();
    expect(violations).toEqual([]);
    expect(totalCruised).toBeGreaterThan(150);
  });

  it('is broken by each planted violation, so the check can fail', () => {
    plant('packages/protocol/src/planted-upward.ts', "export * from '@portcullis/ports';\n");
    plant(
      'packages/policy/src/planted-sibling.ts',
      "export type { Verification } from '@portcullis/resource-server';\n",
    );
    plant('packages/audit/src/planted-node.ts', "export { readFileSync } from 'node:fs';\n");
    plant('packages/gateway/src/planted-driver.ts', "export { Kysely } from 'kysely';\n");
    const found = cruise().violations.map(({ rule }) => rule.name);
    expect(found).toEqual(
      expect.arrayContaining([
        'protocol-imports-only-below',
        'policy-imports-only-below',
        'neutral-rooms-run-anywhere',
        'only-storage-knows-a-driver',
      ]),
    );
  });
});
