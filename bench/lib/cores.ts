import { execFileSync } from 'node:child_process';

/** Who runs where. */
export interface Cores {
  readonly server: number;
  readonly load: number;
}

/** The cores this process may use, as the kernel names them. */
function allowedCores(): readonly number[] {
  const list = execFileSync('taskset', ['-pc', String(process.pid)], { encoding: 'utf8' });
  const text = /: ([\d,-]+)\s*$/.exec(list)?.[1] ?? '';
  return text.split(',').flatMap((range) => {
    const [first = Number.NaN, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}

/**
 * Takes two cores: the first for the server under measurement, the second for this process and all else it starts.
 *
 * @throws where there is only one, or no `taskset`: what is measured then would be the load
 */
export function takeCores(): Cores {
  const [server, load] = allowedCores();
  if (server === undefined || load === undefined) throw new Error('A benchmark needs two cores');
  execFileSync('taskset', ['-pc', String(load), String(process.pid)], { stdio: 'ignore' });
  return { server, load };
}
