import { singleHeader } from './presented-headers.js';
import type { PresentedRequest } from './protected-resource.js';

/** What a request is about, by its target. `well_known` lies beneath a resource that is a whole host. */
export type Place = 'metadata' | 'resource' | 'well_known' | 'elsewhere';

const READS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Whether a request for what lies under `/.well-known/` can be for a document there, which is the host's (RFC 8615 §3).
 * Nothing else is: a handler that takes every path would get it unguarded. Of MCP's own requests only the one for a stream
 * is a GET, and it says so (MCP, Streamable HTTP, Listening for Messages).
 */
export function isForDocument({ method, rawHeaders }: Pick<PresentedRequest, 'method' | 'rawHeaders'>): boolean {
  if (!READS.has(method)) return false;
  const accept = singleHeader(rawHeaders, 'accept');
  return accept === undefined || (accept !== 'twice' && !/text\/event-stream/i.test(accept.value));
}

/**
 * Tells by the target of a request whether it is about the resource.
 *
 * Frameworks disagree about which spellings lead to one route: some take `/MCP`, `/mcp/`, `//mcp` or `/%6dcp` for `/mcp`.
 * A guard that is stricter than the router behind it is walked around, so every spelling that any of them might take for
 * the resource's path counts as that path, and so does all that lies beneath it. Metadata is served at one spelling only.
 */
export class ResourcePaths {
  readonly #path: string;
  readonly #folded: string;
  readonly #metadataPath: string;
  readonly #metadataTarget: string;

  /**
   * @param path - where the host sees requests for the resource
   * @param metadataUrl - absolute URL of the metadata
   */
  constructor(path: string, metadataUrl: string) {
    const { pathname, search } = new URL(metadataUrl);
    this.#path = path;
    this.#folded = foldPath(path);
    this.#metadataPath = pathname;
    this.#metadataTarget = pathname + search;
  }

  /** @param target - path and query as they were sent; the absolute form (RFC 9112 §3.2.2) is read as well */
  placeOf(target: string): Place {
    if (target === this.#path) return 'resource';
    const isBare = this.#metadataTarget === this.#metadataPath;
    if ((isBare ? withoutQuery(target) : target) === this.#metadataTarget) return 'metadata';
    const places = foldTarget(target);
    if (this.#folded === '/') return places.every(isWellKnown) ? 'well_known' : 'resource';
    return places.some((folded) => this.#covers(folded)) ? 'resource' : 'elsewhere';
  }

  #covers(folded: string): boolean {
    return folded === this.#folded || folded.startsWith(`${this.#folded}/`);
  }
}

/** @param folded - of {@link foldTarget} */
export function isWellKnown(folded: string): boolean {
  return folded.startsWith('/.well-known/');
}

function withoutQuery(target: string): string {
  const question = target.indexOf('?');
  return question < 0 ? target : target.slice(0, question);
}

/** Every path, in one spelling, that some router might take the target for. */
export function foldTarget(target: string): string[] {
  const [raw = ''] = target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#\\]*/i, '').split(/[?#]/, 1);
  const whole = decodeOctets(raw).toLowerCase();
  const [cut = ''] = whole.split(/[?#;]/, 1);
  return (cut === whole ? [whole] : [whole, cut]).flatMap((path) => {
    // Controls and spaces are dropped by some parsers of URLs.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    const segments = path.split(/[/\\]/).map((segment) => segment.replace(/[\x00-\x20]/g, ''));
    const plain = withoutEmpty(segments);
    if (!plain.includes('..')) return joined(plain);
    // Dot segments are resolved by some, with or without empty segments in between, and left as they are by others.
    return [joined(plain), joined(resolveDots(plain)), joined(withoutEmpty(resolveDots(segments)))];
  });
}

function foldPath(path: string): string {
  return foldTarget(path)[0] ?? '/';
}

/** An octet may be encoded more than once where more than one program decodes. */
function decodeOctets(path: string): string {
  let decoded = path;
  for (let round = 0; round < 8 && decoded.includes('%'); round += 1) {
    decoded = decoded.replace(/%([0-7][0-9a-f])/gi, (_, octet: string) =>
      String.fromCharCode(Number.parseInt(octet, 16)),
    );
  }
  return decoded;
}

function withoutEmpty(segments: readonly string[]): string[] {
  return segments.filter((segment) => segment !== '' && segment !== '.');
}

function resolveDots(segments: readonly string[]): string[] {
  const resolved: string[] = [];
  for (const segment of segments) {
    if (segment === '..') resolved.pop();
    else resolved.push(segment);
  }
  return resolved;
}

function joined(segments: readonly string[]): string {
  return `/${segments.join('/')}`;
}
