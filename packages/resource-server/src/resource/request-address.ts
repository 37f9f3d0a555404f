import { parseUrl, type ResourceIdentifier } from '@portcullis/protocol';

/**
 * Tells the address that a client called, as `htu` of a proof has to name it (RFC 9449 §4.3), without its query: of the
 * configured resource the origin, and of the request the path, put back to what clients see where something in between
 * changes it. What a request says of its own host or scheme is never asked: whoever sends a stolen proof says that as well.
 *
 * @param path - where the host sees requests for the resource
 * @returns the address of a request by its target: path and query, or the absolute form (RFC 9112 §3.2.2); undefined where
 *   the target has no path, as nothing that it is made of may become part of the host
 */
export function createRequestAddress(
  resource: ResourceIdentifier,
  path: string,
): (target: string) => string | undefined {
  const { origin, pathname } = new URL(resource);
  const seen = path.replace(/\/$/, '');
  const called = pathname.replace(/\/$/, '');
  return (target) => {
    const [asSent = ''] = target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#\\]*/i, '').split(/[?#]/, 1);
    if (asSent === path) return origin + pathname;
    if (!asSent.startsWith('/')) return undefined;
    const address = origin + (asSent.startsWith(`${seen}/`) ? called + asSent.slice(seen.length) : asSent);
    return parseUrl(address)?.origin === origin ? address : undefined;
  };
}
