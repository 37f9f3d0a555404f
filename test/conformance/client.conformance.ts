import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../support/paths.js';
import { type ClientConformanceRun, listScenarios, runClientScenario } from './conformance-suite.js';

// The official suite plays the MCP server and the authorization server, and judges the client of `client/`: all that is
// OAuth in it is the client's own. It is held to more than the suite asks: a warning fails, and so does a run without
// checks, one that was skipped, and a client that ends with an error where the suite does not say that it may.

/** Extensions are for no revision of their own: they are run at both that clients of today speak. */
const REVISIONS_OF_EXTENSIONS = ['2025-11-25', '2026-07-28'];
/** `exec`: the suite ends a client that takes too long by its shell, which then is the client. */
const CLIENT = join(ROOT, 'test/conformance/client/conformance-client.mjs');
const COMMAND = `exec "${process.execPath}" "${CLIENT}"`;
/** The same for the bridge of the program, which has no OAuth to do here. */
const BRIDGE = `exec "${process.execPath}" "${join(ROOT, 'test/conformance/client/bridge-client.mjs')}"`;

const scenarios = (await listScenarios('client')).filter(({ name }) => name.startsWith('auth/'));
const runs = scenarios.flatMap(({ name, tags }) =>
  tags
    .flatMap((tag) => (tag === 'extension' ? REVISIONS_OF_EXTENSIONS : [tag]))
    .map((revision) => [name, revision] as const),
);

describe('the official conformance suite, client', () => {
  it('has as many scenarios and revisions as are known', () => {
    const counts: Record<string, number> = {};
    for (const [, revision] of runs) counts[revision] = (counts[revision] ?? 0) + 1;
    expect(counts).toEqual({ '2025-03-26': 2, '2025-06-18': 3, '2025-11-25': 20, '2026-07-28': 31 });
  });

  it.each([
    ['does nothing', 'exec true'],
    ['does all, and ends with an error', `sh -c '"${process.execPath}" "${CLIENT}" "$0"; exit 3'`],
  ])('fails a client that %s', async (_what, command) => {
    const run = await runClientScenario('auth/metadata-default', '2026-07-28', command);
    expect(() => expectPass(run)).toThrow();
  });

  it.concurrent.each(runs)('passes %s on %s', async (scenario, revision) => {
    expectPass(await runClientScenario(scenario, revision, COMMAND));
  });

  it.concurrent.each(['http-custom-headers', 'http-invalid-tool-headers'])(
    'passes %s by the bridge',
    async (scenario) => {
      expectPass(await runClientScenario(scenario, '2026-07-28', BRIDGE));
    },
  );
});

function expectPass({ exitCode, checks, output }: ClientConformanceRun): void {
  const unwelcome = checks.filter(({ status }) => status !== 'SUCCESS' && status !== 'INFO');
  expect(unwelcome, output).toEqual([]);
  expect(checks.filter(({ status }) => status === 'SUCCESS').length, output).toBeGreaterThan(0);
  expect(output).toContain('OVERALL: PASSED');
  expect(output).not.toMatch(/^SKIPPED:|CLIENT TIMED OUT/m);
  expect(exitCode, output).toBe(0);
}
