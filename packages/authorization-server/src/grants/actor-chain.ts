import type { Actor } from './access-token.js';

/** How many may act one through the other. Each adds to the token, and no real chain of services is as long. */
export const MAX_ACTORS = 5;

/** Everybody in a chain of actors, the last to act first. */
export function subjectsOf(actor: Actor | undefined): readonly string[] {
  return actor === undefined ? [] : [actor.sub, ...subjectsOf(actor.act)];
}

/** Those of a chain of actors that we gave the names of, and not an identity provider: what it calls like a client of ours
 * is none. */
export function ownSubjectsOf(actor: Actor | undefined): readonly string[] {
  if (actor === undefined) return [];
  return [...(actor.iss === undefined ? [actor.sub] : []), ...ownSubjectsOf(actor.act)];
}
