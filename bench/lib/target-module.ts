import type { RequestListener } from 'node:http';
import type { LoadRequest } from './benchmark.js';

/** What the process of a target is told of the place it runs in. */
export interface TargetPlace {
  /** Where it will be reached. Known before the server is made, because an issuer is. */
  readonly origin: string;
  /** The name of the benchmark it is measured in. */
  readonly benchmark: string;
  /** The connection string of its database, where it asked for one. */
  readonly postgres: string | undefined;
}

/** A server, ready to answer. */
export interface TargetServer {
  readonly listener: RequestListener;
  /**
   * Makes what `count` requests of the benchmark use up, by writing rows and not by way of the pages, and answers the
   * requests. Not measured.
   */
  prepare(count: number): Promise<readonly LoadRequest[]>;
  close?(): Promise<void>;
}

/** The module of a target. */
export interface TargetModule {
  /** @throws NotServed where this build does not serve the operation, or this machine cannot have the target */
  createTarget(place: TargetPlace, options: Readonly<Record<string, unknown>>): Promise<TargetServer>;
}

/** A target that there is none of here: the report says so, and counts it as such. */
export class NotServed extends Error {
  override readonly name = 'NotServed';
}

/** From the measuring process to that of a target. */
export type Question = { readonly ask: 'prepare'; readonly count: number } | { readonly ask: 'cpu' };

/** And back. */
export type Reply =
  | { readonly reply: 'listening'; readonly port: number }
  | { readonly reply: 'not served'; readonly why: string }
  | { readonly reply: 'prepared'; readonly requests: readonly LoadRequest[] }
  | { readonly reply: 'cpu'; readonly microseconds: number }
  | { readonly reply: 'failed'; readonly why: string };
