import { isLoopbackHost } from '../config/public-url.js';
import { usageError } from '../program-error.js';

const VARIABLE = 'PORTCULLIS_DANGEROUSLY_ALLOW_LOOPBACK_FETCH';

/** What is said at every start with the switch on. */
export const LOOPBACK_FETCH_WARNING = `${VARIABLE} is set: whoever can reach this gate can make it fetch from ports of this computer; it is for tests of clients that run here, and for nothing else`;

/**
 * Whether metadata documents and keys of clients may be fetched from loopback, for tests of clients that run beside the
 * gate. Only a gate that is reached by loopback itself may be told so.
 *
 * @throws {ProgramError} for a gate that others reach, and for a value that is neither 1 nor 0 (exit code 2)
 */
export function allowsLoopbackFetch(
  environment: Readonly<Record<string, string | undefined>>,
  publicUrl: string,
): boolean {
  const value = environment[VARIABLE] ?? '';
  if (value === '' || value === '0') return false;
  if (value !== '1') throw usageError(`${VARIABLE} is 1, or not set`);
  if (isLoopbackHost(new URL(publicUrl).hostname)) return true;
  throw usageError(`${VARIABLE} is set, and the gate is reached at ${publicUrl}: it is for tests on loopback alone`);
}
