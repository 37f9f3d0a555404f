import type { Clock } from '@portcullis/ports';
import type { EpochSeconds } from '@portcullis/protocol';
import type { RevocationFollower, VerifiedAccessToken } from '@portcullis/resource-server';
import { type Caller, callerKey } from '../upstream/upstream.js';
import type { HttpReply } from './http-reply.js';
import type { McpRequestContext } from './options.js';

/** One exchange that went to the upstream and whose answer is not over. */
export interface OpenExchange {
  readonly reply: HttpReply;
  readonly caller: Caller;
  readonly accessToken: VerifiedAccessToken;
  readonly context: McpRequestContext;
  /** A stream that nobody waits for the end of: GET, or `subscriptions/listen`. */
  readonly isStanding: boolean;
  /** When it is ended, whatever it is doing. */
  readonly endsAtEpochSeconds: EpochSeconds;
}

/** What decides that an exchange is over, and what then happens. */
export interface OpenExchangesPorts {
  readonly clock: Clock;
  readonly revocations: Pick<RevocationFollower, 'isRevoked' | 'onChange'>;
  /** The call outlived its time; must end its reply. */
  onTimeout(exchange: OpenExchange): void;
  /** The access token was revoked; must end the reply. */
  onRevoked(exchange: OpenExchange): void;
  /** A caller lost an exchange to a revocation and has none left. */
  onCallerRevoked(caller: Caller): void;
}

/** How often deadlines are looked at. One sweep over all is cheaper than a timer for each. */
const SWEEP_MILLISECONDS = 1000;

/** Keeps what is under way, to end it in time: at its deadline, when its token is revoked, when the gate closes. */
export class OpenExchanges {
  readonly #ports: OpenExchangesPorts;
  readonly #open = new Set<OpenExchange>();
  readonly #unfollow: () => void;
  #sweeper: ReturnType<typeof setInterval> | undefined;
  #onEmpty: (() => void) | undefined;

  constructor(ports: OpenExchangesPorts) {
    this.#ports = ports;
    this.#unfollow = ports.revocations.onChange(() => this.#endRevoked());
  }

  /** Holds the exchange until its answer is over. */
  add(exchange: OpenExchange): void {
    this.#open.add(exchange);
    exchange.reply.onClose(() => this.#remove(exchange));
    this.#sweeper ??= setInterval(() => this.#sweep(), SWEEP_MILLISECONDS).unref();
  }

  /** Ends standing streams at once, waits for calls up to `graceMilliseconds`, then ends those too. */
  async drain(graceMilliseconds: number): Promise<void> {
    for (const exchange of this.#open) {
      if (exchange.isStanding) exchange.reply.endByGate();
    }
    if (this.#open.size > 0) {
      await this.#empty(graceMilliseconds);
      for (const exchange of this.#open) exchange.reply.cut();
    }
    this.#unfollow();
  }

  async #empty(graceMilliseconds: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, graceMilliseconds);
      this.#onEmpty = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #remove(exchange: OpenExchange): void {
    this.#open.delete(exchange);
    if (this.#open.size > 0) return;
    clearInterval(this.#sweeper);
    this.#sweeper = undefined;
    this.#onEmpty?.();
  }

  #sweep(): void {
    const now = this.#ports.clock.nowEpochSeconds();
    for (const exchange of this.#open) {
      const { reply, isStanding } = exchange;
      // The next sweep would be too late for a standing stream whose last second has begun.
      if (now < exchange.endsAtEpochSeconds - (isStanding ? 1 : 0)) continue;
      // Ended, yet its client does not read what is left: that must not hold the connection, nor arrive later.
      if (reply.closed) reply.cut();
      else if (isStanding) reply.endByGate();
      else this.#ports.onTimeout(exchange);
    }
  }

  #endRevoked(): void {
    const revoked = [...this.#open].filter(({ accessToken }) => this.#ports.revocations.isRevoked(accessToken));
    if (revoked.length === 0) return;
    for (const exchange of revoked) {
      this.#ports.onRevoked(exchange);
      this.#remove(exchange);
    }
    const stillOpen = new Set([...this.#open].map(({ caller }) => callerKey(caller)));
    const callers = new Map(revoked.map(({ caller }) => [callerKey(caller), caller]));
    for (const [key, caller] of callers) {
      if (!stillOpen.has(key)) this.#ports.onCallerRevoked(caller);
    }
  }
}
