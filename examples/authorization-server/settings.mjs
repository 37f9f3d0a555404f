import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';

const SHORTEST_PASSWORD = 12;

/** What command line and environment say, with the defaults. Ends with a sentence where it cannot be meant. */
export function readSettings(environment, flags) {
  const unknown = flags.find((flag) => flag !== '--express');
  if (unknown !== undefined) endWith(`There is no ${unknown}: the one flag is --express`);
  const { FIRST_USERNAME, FIRST_PASSWORD } = environment;
  const port = Number(environment.PORT ?? 8809);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) endWith('PORT is a number from 1 to 65535');
  if ((FIRST_USERNAME === undefined) !== (FIRST_PASSWORD === undefined)) {
    endWith('FIRST_USERNAME and FIRST_PASSWORD go together');
  }
  // The server takes any password: how good it has to be is for the host to say.
  if (FIRST_PASSWORD !== undefined && [...FIRST_PASSWORD].length < SHORTEST_PASSWORD) {
    endWith(`FIRST_PASSWORD has fewer than ${SHORTEST_PASSWORD} characters`);
  }
  const directory = environment.DATA_DIRECTORY ?? '.authorization-server';
  return {
    port,
    isExpress: flags.includes('--express'),
    directory,
    databaseFile: environment.DATABASE_FILE ?? join(directory, 'authorization-server.db'),
    masterKeyFile: environment.MASTER_KEY_FILE ?? join(directory, 'master.key'),
    firstUser: FIRST_USERNAME === undefined ? undefined : { username: FIRST_USERNAME, password: FIRST_PASSWORD },
  };
}

/** Ends with a sentence where something listens on the port, before anything is made that a first start makes. */
export async function requireFreePort(port) {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening').catch((error) => endWith(describeListenError(error, port)));
  server.close();
  await once(server, 'close');
}

export function describeListenError(error, port) {
  return error.code === 'EADDRINUSE'
    ? `Port ${port} is in use: set PORT to another`
    : `Cannot listen: ${error.message}`;
}

/** Ends the process with one line instead of a stack. */
export function endWith(sentence) {
  console.error(sentence);
  process.exit(1);
}
