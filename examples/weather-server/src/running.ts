import type { Server } from 'node:net';

/** Where all four listen: on this computer alone. */
export const HOST = '127.0.0.1';
export const PORT = readPort(process.env['PORT'] ?? '3001');

/** Says when a server is there, and ends it when it is told to, or cannot be. */
export function attend(server: Pick<Server, 'on' | 'close'>, title: string): void {
  server.on('listening', () => console.log(title));
  server.on('error', (error: NodeJS.ErrnoException) => {
    endWith(error.code === 'EADDRINUSE' ? `Port ${PORT} is taken: name another one, PORT=3002` : error.message);
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    // Once: whoever asks a second time does not want to wait.
    process.once(signal, () => {
      server.close();
      // Calls that run have a second to end.
      setTimeout(() => process.exit(), 1000).unref();
    });
  }
}

/** Ends the process with a line for what a person can do something about, and with the stack of anything else. */
export function endWith(problem: unknown): never {
  console.error(problem);
  process.exit(1);
}

function readPort(text: string): number {
  const port = Number(text);
  return Number.isInteger(port) && port > 0 && port < 65_536 ? port : endWith(`PORT is no port: ${text}`);
}
