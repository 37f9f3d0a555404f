import type { EpochSeconds } from '@portcullis/protocol';

/** No answer is used for longer without asking again, whatever it says. */
const MAX_LIFETIME_SECONDS = 86_400;

/** What an answer says of being kept. */
export interface HttpFreshness {
  /** `no-store` forbids it. */
  readonly mayBeKept: boolean;
  /** How long it may be used without asking again, at most 24 hours; undefined where it does not say. */
  readonly lifetimeSeconds: number | undefined;
}

/**
 * Reads how long an answer stays fresh, as a private cache does (RFC 9111 §4.2, §5.2.2): `max-age` before `Expires`, less
 * the `Age` it has already; none with `no-store` and `no-cache`. What is malformed or contradicts itself is stale.
 */
export function readHttpFreshness(headers: Headers, now: EpochSeconds): HttpFreshness {
  const directives = parseCacheControl(headers.get('cache-control') ?? '');
  if (directives.has('no-store')) return { mayBeKept: false, lifetimeSeconds: 0 };
  if (directives.has('no-cache')) return { mayBeKept: true, lifetimeSeconds: 0 };
  const statedSeconds = statedLifetime(directives, headers, now);
  if (statedSeconds === undefined) return { mayBeKept: true, lifetimeSeconds: undefined };
  const ageSeconds = Number(/^[0-9]+/.exec(headers.get('age') ?? '')?.[0] ?? 0);
  const lifetimeSeconds = Math.min(Math.max(statedSeconds - ageSeconds, 0), MAX_LIFETIME_SECONDS);
  return { mayBeKept: true, lifetimeSeconds };
}

function statedLifetime(
  directives: ReadonlyMap<string, readonly string[]>,
  headers: Headers,
  now: EpochSeconds,
): number | undefined {
  const maxAge = directives.get('max-age');
  if (maxAge !== undefined) {
    const [only = '', ...others] = maxAge;
    return others.length === 0 && /^[0-9]+$/.test(only) ? Number(only) : 0;
  }
  const expires = headers.get('expires');
  if (expires === null) return undefined;
  const sentAt = Date.parse(headers.get('date') ?? '');
  const expiresAt = Date.parse(expires);
  if (Number.isNaN(expiresAt)) return 0;
  return Math.floor(expiresAt / 1000) - (Number.isNaN(sentAt) ? now : Math.floor(sentAt / 1000));
}

/** Each directive in lower case, with every value it was given; an empty text where it has none. */
function parseCacheControl(text: string): ReadonlyMap<string, readonly string[]> {
  const directives = new Map<string, string[]>();
  for (const [, name = '', quoted, bare = ''] of text.matchAll(/([^\s,;="]+)(?:\s*=\s*(?:"([^"]*)"|([^\s,;"]*)))?/g)) {
    const values = directives.get(name.toLowerCase()) ?? [];
    directives.set(name.toLowerCase(), [...values, quoted ?? bare]);
  }
  return directives;
}
