import { type ChildProcess, spawn } from 'node:child_process';
import { formatLine, sanitiseLogLine } from './framing.js';
import { LineReader } from './line-reader.js';
import type { StdioSettings } from './settings.js';

/** Why the gate ended a process. */
export type StopReason =
  | 'idle'
  | 'abandoned'
  | 'session_deleted'
  | 'initialize_failed'
  | 'legacy_server'
  | 'caller_dropped'
  | 'gate_closing'
  | 'line_too_long'
  | 'output_closed';

/** How a process came to its end. */
export type ProcessEnd =
  | { readonly kind: 'not_started'; readonly errorCode: string }
  | { readonly kind: 'stopped'; readonly reason: StopReason }
  | { readonly kind: 'exited'; readonly exitCode: number | null; readonly signal: string | null };

/** What a process tells its owner. Nothing is told before the constructor has returned, nor after `gone`. */
export interface ProcessEvents {
  /** One line of stdout. Not told any more once the process is being stopped. */
  line(line: Buffer): void;
  /** One line of stderr, bounded and free of control characters. */
  stderrLine(line: string): void;
  /** The process ended, or never started. Told exactly once. */
  gone(end: ProcessEnd): void;
}

/** Variables of the gate's own environment that every server gets. */
const INHERITED_VARIABLES = ['PATH', 'HOME', 'LANG', 'TMPDIR'] as const;
const MAX_STDERR_LINE_BYTES = 2048;
/** How long a server has to leave after its stdin was closed, and again after SIGTERM. */
const LEAVE_MILLISECONDS = 2000;
const TERMINATE_MILLISECONDS = 3000;
/** How long output is awaited after the exit, for the case that a grandchild still holds the pipe. */
const DRAIN_MILLISECONDS = 500;

/** Every process that has not ended, so that none outlives the gate when it has to leave in a hurry. */
const living = new Set<ServerProcess>();
let watchesExit = false;

function track(server: ServerProcess): void {
  living.add(server);
  if (watchesExit) return;
  watchesExit = true;
  process.on('exit', leaveLivingBehind);
}

function leaveLivingBehind(): void {
  for (const one of living) one.leaveBehind();
}

/**
 * One MCP server process, spoken to by lines (MCP stdio transport).
 *
 * Started without a shell, in the gate's own process group, with pipes as its only descriptors and an allow-listed
 * environment. It is ended as the transport asks: stdin closed, then SIGTERM, then SIGKILL. Only the process itself is
 * signalled; what it started in turn sees the closed pipes. One that is left when the gate itself exits gets the signal
 * that was next. Knows nothing of JSON-RPC.
 */
export class ServerProcess {
  /** Resolves when the process is gone. */
  readonly exited: Promise<void>;
  readonly #settings: StdioSettings;
  readonly #events: ProcessEvents;
  readonly #child: ChildProcess | undefined;
  readonly #stdout: LineReader;
  readonly #stderr: LineReader;
  #resolveExited: () => void = () => undefined;
  #stopReason: StopReason | undefined;
  #exit: ProcessEnd | undefined;
  #gone = false;
  #escalation: NodeJS.Timeout | undefined;
  #terminated = false;

  constructor(settings: StdioSettings, events: ProcessEvents) {
    this.#settings = settings;
    this.#events = events;
    this.exited = new Promise((resolve) => {
      this.#resolveExited = resolve;
    });
    this.#stdout = new LineReader(settings.limits.maxLineBytes, (line, truncated) => {
      if (this.#stopReason !== undefined) return;
      if (truncated) this.stop('line_too_long', true);
      else this.#events.line(line);
    });
    this.#stderr = new LineReader(MAX_STDERR_LINE_BYTES, (line) => {
      this.#events.stderrLine(sanitiseLogLine(line.toString('utf8')));
    });
    this.#child = this.#spawn();
    track(this);
  }

  /** The operating system's id of the process, while there is one. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Whether it takes messages: started (as far as known), not being stopped, not gone. */
  get usable(): boolean {
    return this.#stopReason === undefined && this.#exit === undefined && !this.#gone;
  }

  /** Writes one JSON text as a line. False where the process takes none, or has not read what waits for it already. */
  send(json: string): boolean {
    const stdin = this.#child?.stdin;
    if (!this.usable || !stdin?.writable || stdin.writableLength > this.#settings.limits.maxQueuedBytes) return false;
    stdin.write(`${formatLine(json)}\n`);
    return true;
  }

  /** Ends the process. `atOnce` skips the time to leave by itself; the first reason given is the one reported. */
  stop(reason: StopReason, atOnce = false): void {
    if (this.#gone || this.#exit !== undefined) return;
    const first = this.#stopReason === undefined;
    this.#stopReason ??= reason;
    if (first) this.#child?.stdin?.end();
    if (atOnce) this.#terminate();
    else if (first) this.#escalateAfter(LEAVE_MILLISECONDS, () => this.#terminate());
  }

  /** The gate is about to exit and cannot wait: signals at once. SIGTERM first, which wrappers such as npx pass on. */
  leaveBehind(): void {
    this.#child?.kill(this.#terminated ? 'SIGKILL' : 'SIGTERM');
  }

  #spawn(): ChildProcess | undefined {
    let child: ChildProcess;
    try {
      child = spawn(this.#settings.command, this.#settings.args, {
        env: serverEnvironment(this.#settings.env),
        stdio: ['pipe', 'pipe', 'pipe'],
        shell: false,
        detached: false,
        windowsHide: true,
        ...(this.#settings.cwd === undefined ? {} : { cwd: this.#settings.cwd }),
      });
    } catch (error) {
      queueMicrotask(() => this.#finish({ kind: 'not_started', errorCode: errorCodeOf(error) }));
      return undefined;
    }
    child.on('error', (error) => {
      // Also told when a signal could not be sent; then the process had started and its exit will follow.
      if (child.pid === undefined) this.#finish({ kind: 'not_started', errorCode: errorCodeOf(error) });
    });
    child.on('exit', (exitCode, signal) => {
      this.#exit = { kind: 'exited', exitCode, signal };
      this.#escalateAfter(DRAIN_MILLISECONDS, () => this.#finish({ kind: 'exited', exitCode, signal }));
    });
    child.on('close', (exitCode, signal) => {
      if (child.pid !== undefined) this.#finish({ kind: 'exited', exitCode, signal });
    });
    // A broken pipe is followed by the exit, which tells what there is to tell.
    child.stdin?.on('error', () => undefined);
    child.stdout?.on('error', () => undefined);
    child.stderr?.on('error', () => undefined);
    child.stdout?.on('data', (chunk: Buffer) => this.#stdout.push(chunk));
    child.stderr?.on('data', (chunk: Buffer) => this.#stderr.push(chunk));
    child.stdout?.on('end', () => {
      this.#stdout.end();
      if (this.usable) this.#escalateAfter(DRAIN_MILLISECONDS, () => this.stop('output_closed'));
    });
    child.stderr?.on('end', () => this.#stderr.end());
    return child;
  }

  #terminate(): void {
    this.#terminated = true;
    this.#child?.kill('SIGTERM');
    this.#escalateAfter(TERMINATE_MILLISECONDS, () => this.#child?.kill('SIGKILL'));
  }

  #escalateAfter(milliseconds: number, next: () => void): void {
    clearTimeout(this.#escalation);
    this.#escalation = setTimeout(next, milliseconds);
  }

  #finish(end: ProcessEnd): void {
    if (this.#gone) return;
    this.#gone = true;
    living.delete(this);
    clearTimeout(this.#escalation);
    for (const stream of [this.#child?.stdin, this.#child?.stdout, this.#child?.stderr]) stream?.destroy();
    const started = end.kind !== 'not_started';
    this.#events.gone(started && this.#stopReason !== undefined ? { kind: 'stopped', reason: this.#stopReason } : end);
    this.#resolveExited();
  }
}

/** The environment of a server: the inherited few, then what the operator named for it. Nothing else of the gate's. */
export function serverEnvironment(named: Readonly<Record<string, string>>): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const name of INHERITED_VARIABLES) {
    const value = process.env[name];
    if (value !== undefined) environment[name] = value;
  }
  return { ...environment, ...named };
}

function errorCodeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : 'unknown';
}
