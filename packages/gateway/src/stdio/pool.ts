import { base64Url } from '@portcullis/ports';
import { fail, type Result, succeed } from '@portcullis/protocol';
import { type Caller, callerKey } from '../upstream/upstream.js';
import type { RequestFailure } from './answer.js';
import { FAILURES } from './failures.js';
import type { StopReason } from './server-process.js';
import { Session } from './session.js';
import type { StdioSettings } from './settings.js';
import { SharedProcess } from './shared-process.js';
import { type StdioUpstreamPorts, Trail } from './trail.js';

const SESSION_ID_BYTES = 32;

/**
 * All processes of one stdio upstream, by caller. Nothing crosses from one caller to another: a session is found by its
 * id and its caller together. A process counts
 * against the limit of all until it has really ended, against its caller's until it is being ended.
 */
export class Pool {
  readonly #ports: StdioUpstreamPorts;
  readonly #settings: StdioSettings;
  readonly #sessions = new Map<string, Session>();
  readonly #shared = new Map<string, SharedProcess>();
  readonly #living = new Map<Session | SharedProcess, string>();
  #closing = false;

  constructor(ports: StdioUpstreamPorts, settings: StdioSettings) {
    this.#ports = ports;
    this.#settings = settings;
  }

  /** Processes that have not ended yet. */
  get processCount(): number {
    return this.#living.size;
  }

  /** Starts a session with a process of its own. */
  openSession(caller: Caller, correlationId: string): Result<Session, RequestFailure> {
    const key = callerKey(caller);
    const refused = this.#refusal(key);
    if (refused !== undefined) return fail(refused);
    const id = base64Url(this.#ports.platform.random.bytes(SESSION_ID_BYTES));
    const sessionKey = sessionKeyOf(key, id);
    const trail = new Trail(this.#ports, this.#settings, caller);
    const session = new Session(id, this.#settings, trail, correlationId, () => this.#sessions.delete(sessionKey));
    this.#sessions.set(sessionKey, session);
    this.#track(session, key);
    return succeed(session);
  }

  /** The caller's session of that id, if it is alive. */
  findSession(caller: Caller, id: string): Session | undefined {
    const session = this.#sessions.get(sessionKeyOf(callerKey(caller), id));
    return session?.channel.alive ? session : undefined;
  }

  /** The caller's process for requests without a session; started where there is none that takes requests. */
  sharedProcess(caller: Caller, correlationId: string): Result<SharedProcess, RequestFailure> {
    const key = callerKey(caller);
    const running = this.#shared.get(key);
    if (running?.channel.takesRequests) return succeed(running);
    const refused = this.#refusal(key);
    if (refused !== undefined) return fail(refused);
    const trail = new Trail(this.#ports, this.#settings, caller);
    const started: SharedProcess = new SharedProcess(this.#settings, trail, correlationId, () => {
      if (this.#shared.get(key) === started) this.#shared.delete(key);
    });
    this.#shared.set(key, started);
    this.#track(started, key);
    return succeed(started);
  }

  /** Ends everything of one caller at once. */
  dropCaller(caller: Caller): void {
    const key = callerKey(caller);
    for (const [member, owner] of this.#living) if (owner === key) member.end('caller_dropped', true);
  }

  /** Takes nothing new, lets open calls finish for up to `graceMilliseconds`, ends the rest and waits for the exits. */
  async close(graceMilliseconds: number): Promise<void> {
    this.#closing = true;
    const reason: StopReason = 'gate_closing';
    const members = [...this.#living.keys()];
    for (const member of members) member.retire(reason);
    const exits = Promise.all(members.map((member) => member.channel.exited));
    const grace = setTimeout(() => {
      for (const member of members) member.end(reason);
    }, graceMilliseconds);
    await exits;
    clearTimeout(grace);
  }

  #track(member: Session | SharedProcess, key: string): void {
    this.#living.set(member, key);
    void member.channel.exited.then(() => this.#living.delete(member));
  }

  #refusal(key: string): RequestFailure | undefined {
    const { perCaller, total } = this.#settings.limits;
    if (this.#closing) return FAILURES.closing;
    if (this.#living.size >= total) return FAILURES.totalLimit(total);
    const own = [...this.#living].filter(([member, owner]) => owner === key && member.channel.takesRequests);
    if (own.length < perCaller) return undefined;
    return this.#endAbandoned(own.map(([member]) => member)) ? undefined : FAILURES.callerLimit(perCaller);
  }

  /** Ends the one that was unused the longest, if it was for long enough. */
  #endAbandoned(members: readonly (Session | SharedProcess)[]): boolean {
    const [longest] = members.toSorted((a, b) => b.channel.unusedMilliseconds - a.channel.unusedMilliseconds);
    if (longest === undefined) return false;
    if (longest.channel.unusedMilliseconds < this.#settings.limits.abandonedSeconds * 1000) return false;
    longest.end('abandoned');
    return true;
  }
}

/** Unambiguous: a session id never contains a quote. */
function sessionKeyOf(key: string, id: string): string {
  return `${key}${id}`;
}
