import type { TenantId } from '@portcullis/protocol';

/** Bounds of a stdio upstream. What does not fit in them is refused or ended, never queued without end. */
export interface StdioLimits {
  /** Processes that one caller may run at a time, sessions included. @defaultValue 4 */
  readonly perCaller: number;
  /** Processes of all callers together. @defaultValue 64 */
  readonly total: number;
  /** How long a process may stand without an open request, standing stream or client message. @defaultValue 600 */
  readonly idleSeconds: number;
  /**
   * A caller at its limit gets room by ending its own process that was unused the longest, if that is at least this
   * long. Many clients leave without ending their session; nobody should wait ten minutes for having restarted one.
   * @defaultValue 10
   */
  readonly abandonedSeconds: number;
  /** Longest line a server may write to stdout; a longer one ends its process. @defaultValue 16 MiB */
  readonly maxLineBytes: number;
  /**
   * What may wait for a reader that is slower than its writer: towards a process (beyond it: 503), towards one client
   * stream (beyond it: that stream is cut). One message more than this may be held. @defaultValue 8 MiB
   */
  readonly maxQueuedBytes: number;
}

/** What a stdio upstream runs, and within which bounds. */
export interface StdioUpstreamOptions {
  /** Name for the trail. */
  readonly name: string;
  readonly tenantId: TenantId;
  /** The program, found through `PATH`; it is started directly, never through a shell. */
  readonly command: string;
  readonly args: readonly string[];
  /** Variables the operator named for this server, on top of the few that every server gets. @defaultValue none */
  readonly env?: Readonly<Record<string, string>>;
  /** Working directory. @defaultValue the gate's own */
  readonly cwd?: string;
  readonly limits?: Partial<StdioLimits>;
  /** How long one request may take. `subscriptions/listen` is standing and has no such bound. @defaultValue 1800 */
  readonly callTimeoutSeconds?: number;
  /** How long a server may take for its first answer (`initialize`, `server/discover`). @defaultValue 60 */
  readonly startTimeoutSeconds?: number;
}

/** {@link StdioUpstreamOptions} with every default filled in. */
export interface StdioSettings {
  readonly name: string;
  readonly tenantId: TenantId;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string | undefined;
  readonly limits: StdioLimits;
  readonly callTimeoutSeconds: number;
  readonly startTimeoutSeconds: number;
}

const MEBIBYTE = 1024 * 1024;

const DEFAULT_LIMITS: StdioLimits = {
  perCaller: 4,
  total: 64,
  idleSeconds: 600,
  abandonedSeconds: 10,
  maxLineBytes: 16 * MEBIBYTE,
  maxQueuedBytes: 8 * MEBIBYTE,
};

/** Fills in the defaults. @throws {RangeError} when a bound is not a positive number. */
export function resolveSettings(options: StdioUpstreamOptions): StdioSettings {
  const settings: StdioSettings = {
    name: options.name,
    tenantId: options.tenantId,
    command: options.command,
    args: options.args,
    env: options.env ?? {},
    cwd: options.cwd,
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    callTimeoutSeconds: options.callTimeoutSeconds ?? 1800,
    startTimeoutSeconds: options.startTimeoutSeconds ?? 60,
  };
  const { callTimeoutSeconds, startTimeoutSeconds } = settings;
  for (const [name, value] of Object.entries({ ...settings.limits, callTimeoutSeconds, startTimeoutSeconds })) {
    if (!(value > 0)) throw new RangeError(`stdio upstream ${options.name}: ${name} must be greater than 0`);
  }
  return settings;
}
