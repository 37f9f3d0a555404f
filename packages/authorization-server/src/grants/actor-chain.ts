import { clientOfSubject } from '@portcullis/protocol';
import type { Actor } from './access-token.js';

/** How many may act one through the other. Each adds to the token, and no real chain of services is as long. */
export const MAX_ACTORS = 5;

/** How many of them an identity provider may name: one less, so that a service that such a token comes to can exchange it. */
export const MAX_ASSERTED_ACTORS = MAX_ACTORS - 1;

/** How many there are in a chain. */
export function countActors(actor: Actor | undefined): number {
  return actor === undefined ? 0 : 1 + countActors(actor.act);
}

/** Whether the last to act is a client of ours, which came by the token in an exchange. Others stand there by the word of an
 * identity provider, and are named together with it. */
export function isExchanged(actor: Actor | undefined): actor is Actor {
  return actor !== undefined && actor.iss === undefined;
}

/** The clients of ours in a chain of actors, the last to act first. */
export function actingClients(actor: Actor | undefined): readonly string[] {
  if (actor === undefined) return [];
  const clientId = isExchanged(actor) ? clientOfSubject(actor.sub) : undefined;
  return [...(clientId === undefined ? [] : [clientId]), ...actingClients(actor.act)];
}
