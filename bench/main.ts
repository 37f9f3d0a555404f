import { readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { Benchmark, Effort } from './lib/benchmark.js';
import { takeCores } from './lib/cores.js';
import { formatTable, writeResults } from './lib/report.js';
import { type BenchmarkResult, runBenchmark } from './lib/run-benchmark.js';

// Every benchmark whose name holds one of the words given, or all of them. See README.md.

const HELP = `npm run bench -- [WORD ...] [options]

Measures every benchmark whose name holds one of the words, or all of them. bench/README.md says how.

  --rounds N        rounds in which the targets take turns (7)
  --requests N      requests to each target in a round (3000)
  --warm-up N       requests to each target before the first round (10000)
  --concurrency N   requests at a time (8)
  --seconds N       until a benchmark is given up (1200)
`;

const here = dirname(fileURLToPath(import.meta.url));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '7' },
    requests: { type: 'string', default: '3000' },
    'warm-up': { type: 'string', default: '10000' },
    concurrency: { type: 'string', default: '8' },
    seconds: { type: 'string', default: '1200' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  console.log(HELP);
  process.exit(0);
}

function wholeNumber(name: Exclude<keyof typeof values, 'help'>): number {
  const number = Number(values[name]);
  if (!Number.isInteger(number) || number < 1) throw new Error(`--${name} takes a whole number of at least 1`);
  return number;
}

/** A file named `*.bench.ts` exports the list of its benchmarks. */
async function loadBenchmarks(): Promise<readonly Benchmark[]> {
  const files = readdirSync(here, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.bench.js'));
  const modules = await Promise.all(
    files
      .sort()
      .map((file) => import(pathToFileURL(join(here, file)).href) as Promise<{ benchmarks: readonly Benchmark[] }>),
  );
  return modules.flatMap(({ benchmarks }) => benchmarks);
}

const effort: Effort = {
  rounds: wholeNumber('rounds'),
  requestsPerRound: wholeNumber('requests'),
  warmUpRequests: wholeNumber('warm-up'),
  concurrency: wholeNumber('concurrency'),
  deadlineMilliseconds: wholeNumber('seconds') * 1000,
};
const all = await loadBenchmarks();
const chosen = all.filter(({ name }) => positionals.length === 0 || positionals.some((word) => name.includes(word)));
if (chosen.length === 0) throw new Error(`No benchmark is called like that; there are: ${all.map(({ name }) => name)}`);

const cores = takeCores();
console.log(
  `${effort.rounds} alternating rounds of ${effort.requestsPerRound} requests, ${effort.concurrency} at a time, ` +
    `after ${effort.warmUpRequests} to warm up; servers on core ${cores.server}, load on core ${cores.load}\n`,
);
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort());
const results: BenchmarkResult[] = [];
for (const benchmark of chosen) {
  if (interrupted.signal.aborted) break;
  const result = await runBenchmark(benchmark, effort, cores, interrupted.signal);
  results.push(result);
  console.log(formatTable(result));
}
console.log(`All rounds: ${writeResults(resolve(here, '../results'), results, effort)}`);
if (results.some(({ outcome }) => outcome === 'void')) process.exitCode = 1;
