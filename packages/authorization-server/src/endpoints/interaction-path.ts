import type { Core } from '../core.js';

/** The page of a transaction. Handles are base64url behind a prefix, so they need no escaping. */
export function interactionPath(core: Pick<Core, 'paths'>, handle: string): string {
  return `${core.paths.interaction}?transaction=${encodeURIComponent(handle)}`;
}

/** The handle in a path that {@link interactionPath} made; undefined for any other path. */
export function handleOfInteractionPath(path: string): string | undefined {
  const [, query] = path.split('?', 2);
  return new URLSearchParams(query).get('transaction') ?? undefined;
}
