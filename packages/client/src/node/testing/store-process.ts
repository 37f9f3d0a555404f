import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { fileURLToPath } from 'node:url';

const WORKER = fileURLToPath(new URL('./store-worker.mjs', import.meta.url));

/** A process that uses a store: it runs what was built. */
export interface StoreProcess {
  readonly child: ChildProcess;
  /** Lets it begin. */
  go(): void;
  /** What it says next. */
  next(): Promise<unknown>;
  /** Kills it as `kill -9` does, and waits until it is gone. */
  kill(): Promise<void>;
}

/**
 * Starts a process with one of the tasks of the worker, and waits until it can begin.
 *
 * @param maxFileBlocks - how many blocks of 512 bytes a file of it may have, for a disk that is full
 */
export async function startStoreProcess(
  task: string,
  parameters: object,
  maxFileBlocks?: number,
): Promise<StoreProcess> {
  const run = [process.execPath, WORKER, task, JSON.stringify(parameters)];
  const [command = '', ...rest] =
    maxFileBlocks === undefined ? run : ['sh', '-c', `ulimit -f ${maxFileBlocks} && exec "$@"`, 'sh', ...run];
  const child = spawn(command, rest, { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<unknown> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error(`The process ended: ${String(await exited)}`);
    return JSON.parse(value);
  };
  if ((await next()) !== 'ready') throw new Error('The process did not begin');
  return {
    child,
    go: () => void child.stdin.write('go\n'),
    next,
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
