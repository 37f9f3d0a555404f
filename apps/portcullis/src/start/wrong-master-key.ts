import type { SuggestCommand } from '../suggest-command.js';

/** The command that goes on under another master key than the one of before. */
export function replaceMasterKey(suggest: SuggestCommand): string {
  return suggest('keys rotate --at-once --replace-master-key');
}

/**
 * Why a gate does not start under a master key that did not seal the key that signs, and both ways out.
 *
 * @param origin - of the master key, in words; never the key itself (F-12)
 * @param isShared - whether other gates work on the same database
 */
export function describeWrongMasterKey(origin: string, isShared: boolean, suggest: SuggestCommand): string {
  const shared = isShared ? ' All gates on one database have the same one.' : '';
  return `the master key from ${origin} does not open the stored signing key: another one sealed it.${shared} Put the old one back; or, when it is lost or leaked, set a new one and run ${replaceMasterKey(suggest)}`;
}

/** Why `keys rotate` does nothing under such a master key, what it would have done, and how to do that on purpose. */
export function describeRefusedRotation(origin: string, suggest: SuggestCommand): string {
  return `nothing was done: the stored signing keys do not open with the master key from ${origin}. Every gate would need this one from now on. Use the one that the gates have; or replace it on purpose with ${replaceMasterKey(suggest)}`;
}

/** Why a gate that runs issues nothing any more, and both ways out. */
export function describeNoKeySigns(origin: string, suggest: SuggestCommand): string {
  return `No stored signing key that may sign opens with the master key from ${origin}: no token is issued, and /readyz answers 503. The last rotation was made under another one, which every gate needs now: stop the gates, set it, and start them. To stay with this one, run ${replaceMasterKey(suggest)} under it`;
}
