import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROGRAM, ROOT } from './paths.js';
import { freePort, type Running, start, until } from './processes.js';

/** A running gate. */
export interface Gate {
  readonly origin: string;
  readonly port: number;
  readonly dataDir: string;
  readonly username: string;
  readonly password: string;
  readonly running: Running;
  /** Every log line so far, parsed. */
  log(): readonly Record<string, unknown>[];
  stop(): Promise<number | NodeJS.Signals>;
}

/** How to start one. */
export interface GateOptions {
  /** Arguments after `gateway`; `--port`, `--data-dir` and, with `config`, `--config` are added. */
  readonly args?: readonly string[];
  /** The text of a configuration file. */
  readonly config?: string;
  readonly dataDir?: string;
  readonly port?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** @defaultValue http */
  readonly scheme?: 'http' | 'https';
}

/** Limits that a suite full of sign-ins does not meet; what tests of the limits themselves leave out. */
export const RELAXED_LIMITS = `
rateLimits:
  signInPerAccountPerMinute: 1000
  signInPerNetworkPerMinute: 1000
  registrationPerMinute: 1000
  tokenPerMinute: 1000
  floodPerMinute: 100000
`;

/** How long a start may take where many programs start at once. */
const START_MILLISECONDS = 60_000;

/** A password that a test sets for a user it adds. */
export const TEST_PASSWORD = 'correct horse battery staple';

/** Runs the program once, to its end. */
export async function runProgram(
  args: readonly string[],
  options: { input?: string; env?: Readonly<Record<string, string>>; cwd?: string } = {},
): Promise<{ code: number | NodeJS.Signals; stdout: string; stderr: string }> {
  const running = start(process.execPath, [PROGRAM, ...args], {
    cwd: options.cwd ?? ROOT,
    env: { ...process.env, NO_COLOR: '1', ...options.env },
  });
  running.child.stdin?.end(options.input ?? '');
  const code = await running.exited;
  return { code, stdout: running.stdout(), stderr: running.stderr() };
}

/** Starts the program as a gate and waits until it serves. @throws with its output when it does not */
export async function startGate(options: GateOptions): Promise<Gate> {
  const port = options.port ?? (await freePort());
  const dataDir = options.dataDir ?? join(mkdtempSync(join(tmpdir(), 'portcullis-test-')), 'data');
  const args = ['gateway', '--port', String(port), '--data-dir', dataDir];
  if (options.config !== undefined) {
    const file = join(mkdtempSync(join(tmpdir(), 'portcullis-config-')), 'portcullis.yaml');
    writeFileSync(file, options.config);
    args.push('--config', file);
  }
  const running = start(process.execPath, [PROGRAM, ...args, ...(options.args ?? [])], {
    cwd: ROOT,
    env: { ...process.env, NO_COLOR: '1', ...options.env },
  });
  const origin = `${options.scheme ?? 'http'}://127.0.0.1:${port}`;
  const output = (): string => `${running.stdout()}\n${running.stderr()}`;
  const isReady = (): boolean => running.stdout().includes('/mcp');
  try {
    const startedOrEnded = () => isReady() || running.child.exitCode !== null || undefined;
    await until('the gate to be ready', startedOrEnded, START_MILLISECONDS);
    if (!isReady()) throw new Error(`The gate ended with ${running.child.exitCode}`);
  } catch (error) {
    running.child.kill('SIGKILL');
    throw new Error(`The gate did not start:\n${output()}`, { cause: error });
  }
  const { username, password } = firstUser(dataDir);
  return {
    origin,
    port,
    dataDir,
    username,
    password,
    running,
    log: () =>
      running
        .stderr()
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    async stop() {
      const code = await running.stop();
      if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true });
      return code;
    },
  };
}

/** The first user, from the file the program leaves where it has no terminal. */
function firstUser(dataDir: string): { username: string; password: string } {
  const file = existsSync(dataDir) ? readdirSync(dataDir).find((name) => name.startsWith('first-user')) : undefined;
  if (file === undefined) return { username: '', password: '' };
  const text = readFileSync(join(dataDir, file), 'utf8');
  const value = (label: string): string => new RegExp(`^${label}: *(.+)$`, 'im').exec(text)?.[1]?.trim() ?? '';
  return { username: value('username'), password: value('password') };
}
