import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { fileURLToPath } from 'node:url';
import type { Storage } from '@portcullis/ports';

/** A call of one act, in a form that travels to another process: what is undefined is left out there. */
export interface Call {
  readonly store: Exclude<keyof Storage, 'sweep' | 'ping' | 'close'>;
  readonly act: string;
  readonly parameters: readonly unknown[];
}

/** How a process of a race opens the storage: a factory of the built package, and its options as JSON. */
export interface Opening {
  readonly module: 'sqlite' | 'postgres';
  readonly factory: string;
  readonly options: object;
}

const WORKER = fileURLToPath(new URL('./race-worker.mjs', import.meta.url));

/** Runs one process for each list of calls, all let go at once when the last has loaded, and answers what they got. The
 * processes run what was built. */
export async function race<Answer>(opening: Opening, callsOfEach: readonly (readonly Call[])[]): Promise<Answer[]> {
  const { href } = new URL(`../../dist/${opening.module}/index.js`, import.meta.url);
  const workers = callsOfEach.map((calls) => {
    const parameters = [WORKER, href, opening.factory, JSON.stringify(opening.options)];
    const child = spawn(process.execPath, parameters, { stdio: ['pipe', 'pipe', 'inherit'] });
    const ended = once(child, 'exit');
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    return { child, calls, ended, lines };
  });
  for (const { lines } of workers) {
    const { value } = await lines.next();
    if (value !== 'loaded') throw new Error('A process of the race did not load the storage');
  }
  for (const { child, calls } of workers) child.stdin.write(JSON.stringify(calls));
  const answers = await Promise.all(
    workers.map(async ({ lines, ended }) => {
      const { value } = await lines.next();
      const [code] = await ended;
      if (code !== 0) throw new Error(`A process of the race ended with ${code}`);
      return JSON.parse(value ?? '[]') as Answer[];
    }),
  );
  return answers.flat();
}
