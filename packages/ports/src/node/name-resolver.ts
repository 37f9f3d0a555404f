import { Resolver } from 'node:dns/promises';

/** Every address a name has, IPv4 first; none where the name does not exist. Rejects when that cannot be told. */
export type ResolveName = (name: string, signal: AbortSignal) => Promise<readonly string[]>;

/** A name server that does not answer is asked twice. */
const QUERY_MILLISECONDS = 1500;
const QUERY_TRIES = 2;

/** "There is nothing of this kind", as opposed to "I do not know". */
const ABSENT = new Set(['ENODATA', 'ENOTFOUND']);

/**
 * Asks the name servers of the system themselves, for IPv4 and IPv6. Not `dns.lookup`: that one waits in the thread pool
 * that password hashing and signatures need as well, so a stranger with slow name servers could stop sign-ins.
 *
 * Unless both questions are answered, the name is not resolved: a half answer would hide a private address. `localhost`
 * is this computer, whatever a name server says (RFC 6761 §6.3). Does not read the hosts file.
 *
 * @param servers - other name servers, each `address:port`. @defaultValue those of the system
 */
export function createNameResolver(servers?: readonly string[]): ResolveName {
  return async (name, signal) => {
    if (name === 'localhost' || name.endsWith('.localhost')) return ['127.0.0.1', '::1'];
    const resolver = new Resolver({ timeout: QUERY_MILLISECONDS, tries: QUERY_TRIES });
    if (servers !== undefined) resolver.setServers(servers);
    const cancel = (): void => resolver.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    try {
      const answers = await Promise.all([orNone(resolver.resolve4(name)), orNone(resolver.resolve6(name))]);
      return answers.flat();
    } finally {
      signal.removeEventListener('abort', cancel);
      cancel();
    }
  };
}

async function orNone(answer: Promise<string[]>): Promise<string[]> {
  try {
    return await answer;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (ABSENT.has(code)) return [];
    throw error;
  }
}
