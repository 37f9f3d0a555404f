import { lookup } from 'node:dns/promises';
import type { ResolveName } from './name-resolver.js';

/**
 * Looks names up as every other program on this computer does: the hosts file, the name servers of a VPN and names of the
 * local network included. Waits in the thread pool that password hashing and signatures need as well, and cannot be
 * cancelled there: for names that an operator or a user gave, never for those of a stranger.
 */
export function createSystemResolver(): ResolveName {
  return async (name) => {
    const found = await lookup(name, { all: true, verbatim: false });
    return found.map(({ address }) => address);
  };
}
