import { JSON_RPC_ERRORS, parseUrl } from '@portcullis/protocol';
import { Pool } from 'undici';
import type { McpCall, Reply, Upstream } from '../upstream/upstream.js';
import { ForwardedExchange, type ForwardingLimits } from './forwarded-exchange.js';
import { buildUpstreamHeaders, parseConfiguredHeaders } from './request-headers.js';

/** A Streamable HTTP server behind the gate. */
export interface HttpUpstreamOptions {
  /** The MCP endpoint: http or https, path and query included. Configured, so loopback and private addresses are fine. */
  readonly url: string;
  /** For errors of configuration. */
  readonly name: string;
  /** Sent with every request, in place of the client's of the same name. @defaultValue none */
  readonly headers?: Readonly<Record<string, string>>;
  /** How long a POST or DELETE may wait for the head of its answer. @defaultValue 1800 */
  readonly callTimeoutSeconds?: number;
  /** @defaultValue 5000 */
  readonly connectTimeoutMilliseconds?: number;
  /** Exchanges under way at once, streams included; more are answered 503. @defaultValue 5000 */
  readonly maxExchanges?: number;
  /** Largest JSON body of an answer. @defaultValue 67108864 */
  readonly maxJsonBytes?: number;
  /** Largest single event of a stream. @defaultValue 16777216 */
  readonly maxEventBytes?: number;
}

const MEBIBYTE = 1024 * 1024;

/**
 * Builds the way to a Streamable HTTP server. Each exchange has a connection of its own while it lasts, kept alive for
 * the next; standing streams keep to a pool apart, so calls never search among thousands of them. Answers stream without
 * buffering. Redirects are not followed, requests are not repeated.
 *
 * Does not vet the address: it comes from the operator.
 *
 * @throws {RangeError} when the URL is no http(s) URL or carries credentials, or a header cannot be sent
 */
export function createHttpUpstream(options: HttpUpstreamOptions): Upstream {
  return new HttpUpstream(options);
}

class HttpUpstream implements Upstream {
  readonly #calls: Pool;
  readonly #streams: Pool;
  readonly #path: string;
  readonly #configured: ReturnType<typeof parseConfiguredHeaders>;
  readonly #limits: ForwardingLimits;
  readonly #callTimeoutMilliseconds: number;
  readonly #maxExchanges: number;
  readonly #onExchangeOver = (): void => {
    this.#exchanges -= 1;
  };
  #exchanges = 0;

  constructor(options: HttpUpstreamOptions) {
    const url = parseUpstreamUrl(options);
    const pool = {
      // undici counts connections per pool; the bound that matters is on exchanges, below.
      connections: null,
      connect: { timeout: options.connectTimeoutMilliseconds ?? 5000 },
      // A stream may be silent for as long as it likes; its end is the endpoint's to decide.
      bodyTimeout: 0,
    };
    this.#calls = new Pool(url.origin, pool);
    this.#streams = new Pool(url.origin, pool);
    this.#path = url.pathname + url.search;
    this.#configured = parseConfiguredHeaders(options.headers ?? {});
    this.#limits = {
      maxJsonBytes: options.maxJsonBytes ?? 64 * MEBIBYTE,
      maxEventBytes: options.maxEventBytes ?? 16 * MEBIBYTE,
    };
    this.#callTimeoutMilliseconds = (options.callTimeoutSeconds ?? 1800) * 1000;
    this.#maxExchanges = options.maxExchanges ?? 5000;
  }

  exchange(call: McpCall, reply: Reply): void {
    if (reply.closed) return;
    if (this.#exchanges >= this.#maxExchanges) {
      reply.fail(503, JSON_RPC_ERRORS.serverError, 'The server behind the gate is busy', 'too_many_exchanges');
      return;
    }
    this.#exchanges += 1;
    const isStream = call.httpMethod === 'GET';
    (isStream ? this.#streams : this.#calls).dispatch(
      {
        path: this.#path,
        method: call.httpMethod,
        headers: buildUpstreamHeaders(call, this.#configured),
        body: call.body ?? null,
        // A standing stream may keep its head back until there is an event.
        headersTimeout: isStream ? 0 : this.#callTimeoutMilliseconds,
      },
      new ForwardedExchange(reply, this.#limits, this.#onExchangeOver),
    );
  }

  /** Nothing here belongs to one caller: sessions live at the server, and end by its own rules. */
  dropCaller(): void {}

  async close(graceMilliseconds: number): Promise<void> {
    const pools = [this.#calls, this.#streams].filter((pool) => !pool.destroyed);
    if (pools.length === 0) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const graceOver = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, graceMilliseconds);
    });
    await Promise.race([Promise.all(pools.map((pool) => pool.close())), graceOver]);
    clearTimeout(timer);
    await Promise.all(pools.map((pool) => pool.destroy()));
  }
}

function parseUpstreamUrl({ url, name }: HttpUpstreamOptions): URL {
  const parsed = parseUrl(url);
  if (parsed === undefined || (parsed.protocol !== 'http:' && parsed.protocol !== 'https:')) {
    throw new RangeError(`The URL of upstream "${name}" must be an http or https URL`);
  }
  if (parsed.username !== '' || parsed.password !== '') {
    throw new RangeError(`The URL of upstream "${name}" must not carry credentials; configure a header`);
  }
  return parsed;
}
