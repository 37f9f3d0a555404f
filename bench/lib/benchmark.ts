/** A request of the load, ready to be sent. */
export interface LoadRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** One server that is measured, in a process of its own. */
export interface Target {
  /** Stable, as it appears in the results. */
  readonly name: string;
  /** The module that serves it, as a URL. It exports `createTarget`; see `TargetModule`. */
  readonly module: string;
  /** Handed to it as it is: JSON. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Whether it gets an empty PostgreSQL of its own; `TargetPlace` says where. @defaultValue false */
  readonly needsPostgres?: boolean;
}

/** What a ratio is held against. A goal is a sentence in the report; nothing ever fails by it. */
export interface Goal {
  readonly target: string;
  readonly control: string;
  /** The target costs at most this many times its control. */
  readonly atMost: number;
}

/** One operation, on every server that has it. */
export interface Benchmark {
  /** Stable; also the name of the results. */
  readonly name: string;
  /** What one request does, for the report. */
  readonly operation: string;
  /** The status of every answer. Another one makes the run void. */
  readonly expectedStatus: number;
  /** A text that every answer holds, so that a server cannot be fast by answering something else. */
  readonly expectedText: string;
  readonly targets: readonly Target[];
  /** The targets that the others are compared with, in the order of the columns. */
  readonly controls: readonly string[];
  readonly goals: readonly Goal[];
}

/** How much is measured. */
export interface Effort {
  /** Alternating rounds. */
  readonly rounds: number;
  readonly requestsPerRound: number;
  /** Requests to each target before the first round, which nobody counts. */
  readonly warmUpRequests: number;
  /** Requests under way at one time. */
  readonly concurrency: number;
  /** When the benchmark is given up. */
  readonly deadlineMilliseconds: number;
}
