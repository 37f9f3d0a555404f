import type { Benchmark, Effort } from './benchmark.js';
import type { Cores } from './cores.js';
import { sendAll } from './load.js';
import { NotServed } from './target-module.js';
import { startTarget, type TargetProcess } from './target-process.js';

/** What one target cost in one round, in microseconds of processor time for each request. */
export interface RoundCost {
  readonly server: number;
  /** Of the processes of its database; 0 where it has none. */
  readonly database: number;
}

/** What came of one target. */
export type TargetResult =
  | { readonly target: string; readonly outcome: 'measured'; readonly rounds: readonly RoundCost[] }
  | { readonly target: string; readonly outcome: 'not served'; readonly why: string };

/** What came of a benchmark. A void one has no numbers: one wrong answer and none of them mean anything. */
export type BenchmarkResult =
  | { readonly benchmark: Benchmark; readonly outcome: 'measured'; readonly targets: readonly TargetResult[] }
  | { readonly benchmark: Benchmark; readonly outcome: 'void'; readonly why: string };

/** Measures every target in alternating rounds, each in a process of its own. Ends what it started, in any case, also when
 * `interrupted` says that nobody waits for the result. */
export async function runBenchmark(
  benchmark: Benchmark,
  effort: Effort,
  cores: Cores,
  interrupted: AbortSignal,
): Promise<BenchmarkResult> {
  const running: TargetProcess[] = [];
  const costs = new Map<string, RoundCost[]>();
  const missing: TargetResult[] = [];
  const end = Date.now() + effort.deadlineMilliseconds;
  try {
    for (const target of benchmark.targets) {
      try {
        running.push(await startTarget(target, benchmark.name, cores));
        costs.set(target.name, []);
      } catch (error) {
        if (!(error instanceof NotServed)) throw error;
        missing.push({ target: target.name, outcome: 'not served', why: error.message });
      }
    }
    for (const target of running) await warmUp(target, benchmark, effort);
    for (let index = 0; index < effort.rounds; index += 1) {
      for (const target of rotated(running, index)) {
        interrupted.throwIfAborted();
        if (Date.now() > end) throw new Error(`gave up after ${effort.deadlineMilliseconds} ms, in round ${index + 1}`);
        costs.get(target.name)?.push(await round(target, benchmark, effort, effort.requestsPerRound));
      }
    }
    return {
      benchmark,
      outcome: 'measured',
      targets: benchmark.targets.flatMap(({ name }) => resultOf(name, costs, missing)),
    };
  } catch (error) {
    return {
      benchmark,
      outcome: 'void',
      why: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
    };
  } finally {
    await Promise.all(running.map((target) => target.stop()));
  }
}

/** In slices of a round: ten thousand rows to use up take a database longer than an answer is waited for. */
async function warmUp(target: TargetProcess, benchmark: Benchmark, effort: Effort): Promise<void> {
  for (let left = effort.warmUpRequests; left > 0; left -= effort.requestsPerRound) {
    await round(target, benchmark, effort, Math.min(left, effort.requestsPerRound));
  }
}

/** Prepares, sends, and takes the difference of the processor time. */
async function round(target: TargetProcess, benchmark: Benchmark, effort: Effort, count: number): Promise<RoundCost> {
  const requests = await target.prepare(count);
  if (requests.length !== count)
    throw new Error(`${target.name} prepared ${requests.length} requests instead of ${count}`);
  const before = await target.usage();
  await sendAll(target.port, requests, effort.concurrency, {
    status: benchmark.expectedStatus,
    text: benchmark.expectedText,
  });
  const after = await target.usage();
  return { server: (after.server - before.server) / count, database: (after.database - before.database) / count };
}

/** Each round begins with another target, so that none always comes after the same one. */
function rotated<Item>(items: readonly Item[], by: number): readonly Item[] {
  const first = items.length === 0 ? 0 : by % items.length;
  return [...items.slice(first), ...items.slice(0, first)];
}

function resultOf(
  target: string,
  costs: ReadonlyMap<string, readonly RoundCost[]>,
  missing: readonly TargetResult[],
): readonly TargetResult[] {
  const rounds = costs.get(target);
  if (rounds !== undefined) return [{ target, outcome: 'measured', rounds }];
  return missing.filter((result) => result.target === target);
}
