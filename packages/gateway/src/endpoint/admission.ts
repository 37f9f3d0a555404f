import type { IncomingMessage, ServerResponse } from 'node:http';
import type { VerifiedAccessToken } from '@portcullis/resource-server';
import { Authenticator } from './authentication.js';
import { CallerLimit } from './caller-limit.js';
import type { Challenges } from './challenges.js';
import { type KnownCaller, KnownCallers } from './known-callers.js';
import type { McpEndpointPorts, McpEndpointSettings, McpRequestContext } from './options.js';
import { BLIND } from './own-refusals.js';
import type { Refusal } from './refusal.js';

/** A request that may go to the upstream, as far as is known. */
export interface Admission {
  readonly context: McpRequestContext;
  readonly accessToken: VerifiedAccessToken;
  readonly known: KnownCaller;
}

/** Why a caller is not let in; with the access token where it is good in itself, for the trail. */
export interface NotAdmitted {
  readonly refusal: Refusal;
  readonly accessToken?: VerifiedAccessToken | undefined;
}

/** Finds out who asks, and whether they ask too often. */
export class Admissions {
  readonly #ports: Pick<McpEndpointPorts, 'revocations'>;
  readonly #settings: McpEndpointSettings;
  readonly #authenticator: Authenticator;
  readonly #callers: KnownCallers;
  readonly #limit: CallerLimit;

  constructor(ports: McpEndpointPorts, settings: McpEndpointSettings, challenges: Challenges) {
    this.#ports = ports;
    this.#settings = settings;
    this.#authenticator = new Authenticator(ports, settings, challenges);
    this.#callers = new KnownCallers(settings.tenantId);
    this.#limit = new CallerLimit(ports.rateLimiter, settings.rateLimit);
  }

  /**
   * In this order: the access token and the proof of its key, whether revocations are heard of where that is asked for, the rate
   * limit, and that the proof is new. A newer nonce for proofs is set on `response`.
   */
  async admit(
    request: IncomingMessage,
    response: ServerResponse,
    context: McpRequestContext,
  ): Promise<Admission | NotAdmitted> {
    const outcome = this.#authenticator.authenticate(request);
    const verified = outcome instanceof Promise ? await outcome : outcome;
    if (!verified.ok) return { refusal: verified.failure, accessToken: verified.accessToken };
    const { value: accessToken, proof } = verified;
    if (this.#settings.whenBlind === 'refuse' && this.#ports.revocations.isBlind()) {
      return { refusal: BLIND, accessToken };
    }
    const known = this.#callers.of(accessToken);
    if (proof !== undefined) {
      // Looked at and not counted: whoever has caught a proof that was used spends nothing of its caller's limit by it.
      const full = await this.#limit.peek(known.key);
      if (full !== undefined) return { refusal: full, accessToken };
      const replayed = await this.#authenticator.useUp(proof, context.correlationId);
      if (replayed !== undefined) return { refusal: replayed, accessToken };
      if (proof.newerNonce !== undefined) response.setHeader('dpop-nonce', proof.newerNonce);
    }
    const excess = await this.#limit.take(1, known.key);
    return excess === undefined ? { context, accessToken, known } : { refusal: excess, accessToken };
  }

  /** Counts what a request holds beyond the one that {@link admit} counted; the refusal where it is too much. */
  async countMore(messages: number, { known }: Admission): Promise<Refusal | undefined> {
    return this.#limit.take(messages, known.key);
  }
}
