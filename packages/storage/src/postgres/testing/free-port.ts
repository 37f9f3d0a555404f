import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below those that systems give to whoever names none: between being told of a port and listening there, a connection of
 * another test could be given it. */
const LOWEST = 15_000;
const HIGHEST = 30_000;

/** Those that this process was told of. What is to listen there may not do so yet. */
const told = new Set<number>();

/** A port of the loopback interface that is free now, for a program that has to be told its port before it starts. */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  for (;;) {
    const port = randomInt(LOWEST, HIGHEST);
    if (told.has(port) || !(await isFree(port, host))) continue;
    told.add(port);
    return port;
  }
}

/** @throws what else stands in the way of listening there */
function isFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(false) : reject(error),
    );
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}
