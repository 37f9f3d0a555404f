import { ProgramError, systemErrorCode } from '../program-error.js';

/** Turns what `listen` failed with into a sentence for the person at the terminal. Other errors pass as they are. */
export function listenError(error: unknown, host: string, port: number): unknown {
  switch (systemErrorCode(error)) {
    case 'EADDRINUSE':
      return new ProgramError(
        `port ${port} on ${host} is in use: stop what listens there (another gate?) or choose another with --port`,
      );
    case 'EACCES':
      return new ProgramError(`listening on port ${port} is not allowed to this user: choose another with --port`);
    case 'EADDRNOTAVAIL':
      return new ProgramError(`this machine has no address ${host}: correct --host`);
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new ProgramError(`the host name ${host} does not resolve: correct --host`);
    default:
      return error;
  }
}
