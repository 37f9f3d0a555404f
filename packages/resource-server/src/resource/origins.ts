import { isLoopbackHost, parseUrl } from '@portcullis/protocol';

/** Headers that go on an answer. */
export type AnswerHeaders = Readonly<Record<string, string>>;

const EXPOSED_HEADERS = 'WWW-Authenticate, DPoP-Nonce, Mcp-Session-Id, MCP-Protocol-Version, Retry-After';
const REQUEST_HEADERS =
  'Authorization, DPoP, Content-Type, Accept, Last-Event-ID, Mcp-Session-Id, MCP-Protocol-Version, Mcp-Method, Mcp-Name';
const PARAMETER_HEADER = /^mcp-param-[a-z0-9!#$&'*+.^_`|~-]{1,64}$/i;
const METHODS = 'GET, POST, DELETE';
const PREFLIGHT_SECONDS = '600';
const NONE: AnswerHeaders = {};

/**
 * Web origins whose scripts may call (MCP Streamable HTTP, Security: servers must check `Origin`, against DNS
 * rebinding). Without the header there is no browser, and nothing to check.
 */
export class Origins {
  readonly #known = new Map<string, AnswerHeaders>();
  readonly #any: AnswerHeaders | undefined;
  readonly #loopback: boolean;

  /**
   * @param resource - its own origin may always call; where it is on this computer, every page of this computer may
   * @param allowed - serialised origins that may call instead of those pages, or `'*'` for all
   * @throws {TypeError} when an entry is no serialised origin
   */
  constructor(resource: string, allowed: readonly string[] | '*' | undefined) {
    if (allowed !== undefined && allowed !== '*' && !Array.isArray(allowed)) {
      throw new TypeError("allowedOrigins is no list: write ['https://app.example.com'], or '*' for any");
    }
    const { origin, hostname } = new URL(resource);
    this.#any = allowed === '*' ? { ...corsHeaders('*') } : undefined;
    this.#loopback = allowed === undefined && isLoopbackHost(hostname);
    this.#known.set(origin, corsHeaders(origin));
    for (const entry of allowed === '*' ? [] : (allowed ?? [])) {
      if (!isSerialised(entry)) {
        throw new TypeError(
          `allowedOrigins has ${JSON.stringify(entry)}: write an origin such as "https://app.example.com"`,
        );
      }
      this.#known.set(entry, corsHeaders(entry));
    }
  }

  /** The headers for answers to `origin`; undefined where it may not call. */
  headersFor(origin: string | undefined): AnswerHeaders | undefined {
    if (origin === undefined) return NONE;
    const known = this.#known.get(origin) ?? this.#any;
    if (known !== undefined) return known;
    return this.#loopback && isLoopbackOrigin(origin) ? corsHeaders(origin) : undefined;
  }
}

/** What a preflight of an allowed origin is told beside the headers of {@link Origins}. */
export function preflightHeaders(asked: string | undefined): AnswerHeaders {
  return {
    'access-control-allow-methods': METHODS,
    'access-control-allow-headers': allowedHeaders(asked),
    'access-control-max-age': PREFLIGHT_SECONDS,
  };
}

/** The fixed list, and of what was asked for only headers that mirror a tool's parameter (MCP 2026-07-28). */
function allowedHeaders(asked: string | undefined): string {
  if (asked === undefined) return REQUEST_HEADERS;
  const parameters = asked
    .split(',')
    .map((name) => name.trim())
    .filter((name) => PARAMETER_HEADER.test(name));
  return [REQUEST_HEADERS, ...parameters].join(', ');
}

function corsHeaders(origin: string): AnswerHeaders {
  return {
    'access-control-allow-origin': origin,
    'access-control-expose-headers': EXPOSED_HEADERS,
    ...(origin === '*' ? {} : { vary: 'Origin' }),
  };
}

function isSerialised(origin: string): boolean {
  return parseUrl(origin)?.origin === origin;
}

function isLoopbackOrigin(origin: string): boolean {
  const url = parseUrl(origin);
  return url?.origin === origin && isLoopbackHost(url.hostname);
}
