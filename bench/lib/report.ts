import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import type { Benchmark, Effort } from './benchmark.js';
import type { BenchmarkResult, RoundCost, TargetResult } from './run-benchmark.js';
import { median, medianRatio } from './statistics.js';

/** The table of one benchmark, for people. */
export function formatTable(result: BenchmarkResult): string {
  const { benchmark } = result;
  const title = `${benchmark.name}: ${benchmark.operation}`;
  if (result.outcome === 'void') return `${title}\n  VOID: ${result.why}\n`;
  const header = [
    'µs of processor time a request',
    'median',
    'least',
    ...benchmark.controls.map((name) => `× ${name}`),
    'database',
  ];
  const rows = result.targets.map((target) => rowOf(target, result.targets, benchmark));
  const goals = benchmark.goals.map(
    (goal) => `  goal: ${goal.target} ≤ ${goal.atMost} × ${goal.control}${seen(goal, result.targets)}`,
  );
  return [title, ...alignColumns([header, ...rows]), ...goals, ''].join('\n');
}

/** Writes a run as JSON: what was measured where, every round of it. @returns the file */
export function writeResults(folder: string, results: readonly BenchmarkResult[], effort: Effort): string {
  mkdirSync(folder, { recursive: true });
  const at = new Date().toISOString();
  const file = join(folder, `${at.replaceAll(':', '-')}.json`);
  const machine = { processor: cpus()[0]?.model ?? 'unknown', cores: cpus().length, node: process.version };
  const benchmarks = results.map(({ benchmark: { name }, ...outcome }) => ({ name, ...outcome }));
  writeFileSync(file, `${JSON.stringify({ at, machine, effort, benchmarks }, undefined, 2)}\n`);
  return file;
}

function rowOf(result: TargetResult, all: readonly TargetResult[], { controls }: Benchmark): readonly string[] {
  if (result.outcome === 'not served') return [result.target, `not served: ${result.why}`];
  const servers = serversOf(result.rounds);
  const ratios = controls.map((control) => {
    const rounds = roundsOf(all, control);
    return rounds === undefined ? '-' : medianRatio(servers, serversOf(rounds)).toFixed(2);
  });
  const database = median(result.rounds.map((round) => round.database));
  return [
    result.target,
    median(servers).toFixed(0),
    Math.min(...servers).toFixed(0),
    ...ratios,
    database === 0 ? '' : database.toFixed(0),
  ];
}

function seen({ target, control }: { target: string; control: string }, all: readonly TargetResult[]): string {
  const [own, other] = [roundsOf(all, target), roundsOf(all, control)];
  if (own === undefined || other === undefined) return ': nothing to tell';
  return `: seen ${medianRatio(serversOf(own), serversOf(other)).toFixed(2)}`;
}

function roundsOf(all: readonly TargetResult[], target: string): readonly RoundCost[] | undefined {
  const found = all.find((result) => result.target === target);
  return found?.outcome === 'measured' ? found.rounds : undefined;
}

function serversOf(rounds: readonly RoundCost[]): readonly number[] {
  return rounds.map(({ server }) => server);
}

/** The first column to the left, numbers to the right; a row with fewer cells ends in a text. */
function alignColumns(rows: readonly (readonly string[])[]): readonly string[] {
  const full = rows.filter((row) => row.length > 2);
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...full.map((row) => row[column]?.length ?? 0), 0));
  const first = Math.max(...rows.map((row) => row[0]?.length ?? 0));
  return rows.map((row) => {
    const cells = row.slice(1).map((cell, index) => (row.length > 2 ? cell.padStart(widths[index + 1] ?? 0) : cell));
    return `  ${[(row[0] ?? '').padEnd(first), ...cells].join('  ')}`.trimEnd();
  });
}
