import { once } from 'node:events';
import { createServer } from 'node:net';
import { listenError } from './listen-error.js';

/**
 * Refuses an address that cannot be listened on, before anything is made that a gate needs: a start that goes wrong by its
 * port leaves no keys and no store behind. The address is let go of again, so listening may still fail.
 *
 * @throws {ProgramError} with what to do
 */
export async function requireFreeAddress(host: string, port: number): Promise<void> {
  const server = createServer();
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (error) {
    throw listenError(error, host, port);
  }
  server.close();
  await once(server, 'close');
}
