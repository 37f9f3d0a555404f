import type { Core } from '../core.js';

/** The page of a transaction. Handles are base64url behind a prefix, so they need no escaping. */
export function interactionPath(core: Core, handle: string): string {
  return `${core.paths.interaction}?transaction=${encodeURIComponent(handle)}`;
}
