import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { LoadRequest, Target } from './benchmark.js';
import type { Cores } from './cores.js';
import { type PostgresServer, startPostgres } from './postgres.js';
import { listensOn, usedMicroseconds } from './process-tree.js';
import { NotServed, type Question, type Reply } from './target-module.js';

/** A target in its process, pinned to the server's core. */
export interface TargetProcess {
  readonly name: string;
  readonly port: number;
  /** See `TargetServer.prepare`. */
  prepare(count: number): Promise<readonly LoadRequest[]>;
  /** Processor time so far, in microseconds: of the server's process, and of its database's. */
  usage(): Promise<{ readonly server: number; readonly database: number }>;
  stop(): Promise<void>;
}

const SERVE = fileURLToPath(new URL('./serve-target.js', import.meta.url));
const START_MILLISECONDS = 30_000;
const STOP_MILLISECONDS = 10_000;

/** Starts a target, with its database where it needs one, and waits until it listens. @throws NotServed where there is
 * none of it here */
export async function startTarget(target: Target, benchmark: string, cores: Cores): Promise<TargetProcess> {
  const database = target.needsPostgres === true ? await startPostgres() : undefined;
  try {
    return await startServer(target, benchmark, cores, database);
  } catch (error) {
    await database?.stop();
    throw error;
  }
}

async function startServer(
  target: Target,
  benchmark: string,
  cores: Cores,
  database: PostgresServer | undefined,
): Promise<TargetProcess> {
  const { module, options } = target;
  const node = [process.execPath, '--expose-gc', SERVE, module, benchmark, JSON.stringify(options)];
  const connection = database === undefined ? [] : [database.connectionString];
  const child = spawn('taskset', ['-c', String(cores.server), ...node, ...connection], {
    // What it logs is written, as it would be, and goes nowhere; what it has to say goes through the channel.
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: { ...process.env, NODE_ENV: 'production' },
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${target.name}: no process`);
  try {
    const started = await nextReply(child, target.name, START_MILLISECONDS);
    if (started.reply === 'not served') throw new NotServed(started.why);
    if (started.reply !== 'listening')
      throw new Error(`${target.name}: ${'why' in started ? started.why : started.reply}`);
    const { port } = started;
    // `taskset` replaced itself by node, so the process is still the one that was started.
    if (!listensOn(pid, port)) throw new Error(`${target.name}: port ${port} is somebody else's`);
    return {
      name: target.name,
      port,
      async prepare(count) {
        const answer = await ask(child, target.name, { ask: 'prepare', count });
        if (answer.reply !== 'prepared') throw new Error(`${target.name}: ${JSON.stringify(answer)}`);
        return answer.requests;
      },
      async usage() {
        const answer = await ask(child, target.name, { ask: 'cpu' });
        if (answer.reply !== 'cpu') throw new Error(`${target.name}: ${JSON.stringify(answer)}`);
        return {
          server: answer.microseconds,
          database: database === undefined ? 0 : usedMicroseconds(database.processId),
        };
      },
      async stop() {
        await stop(child);
        await database?.stop();
      },
    };
  } catch (error) {
    await stop(child);
    throw error;
  }
}

function ask(child: ChildProcess, name: string, question: Question): Promise<Reply> {
  const answer = nextReply(child, name, 120_000);
  child.send(question);
  return answer;
}

function nextReply(child: ChildProcess, name: string, milliseconds: number): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      clearTimeout(timer);
      child.off('message', onMessage);
      child.off('exit', onExit);
      act();
    };
    const onMessage = (message: Reply): void => settle(() => resolve(message));
    const onExit = (code: number | null): void => settle(() => reject(new Error(`${name} ended with ${code}`)));
    const timer = setTimeout(() => settle(() => reject(new Error(`${name} is silent`))), milliseconds);
    child.on('message', onMessage);
    child.on('exit', onExit);
  });
}

/** Lets it close what it opened, and ends it by its id where it does not. */
async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  if (child.connected) child.disconnect();
  const killer = setTimeout(() => child.kill('SIGKILL'), STOP_MILLISECONDS);
  await exited;
  clearTimeout(killer);
}
