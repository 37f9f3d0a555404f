import { accessSync, constants, statSync } from 'node:fs';
import { connect } from 'node:net';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import type { UpstreamConfig } from '../config/gateway-config.js';

/** Why an upstream will not answer as things are. */
export interface UpstreamDoubt {
  readonly upstream: string;
  readonly doubt: string;
}

const CONNECT_MILLISECONDS = 1000;

/**
 * Looks, once and without talking to them, whether the upstreams can be had: a command that can be found, a port that
 * takes connections. What it finds is a warning and no more: a server may come up after the gate.
 */
export async function checkUpstreams(
  upstreams: readonly UpstreamConfig[],
  searchPath: string | undefined,
): Promise<readonly UpstreamDoubt[]> {
  const doubts = await Promise.all(
    upstreams.map(async (upstream) => {
      const doubt =
        upstream.kind === 'stdio'
          ? doubtOfCommand(upstream.command, upstream.cwd, searchPath)
          : await doubtOfAddress(new URL(upstream.url));
      return doubt === undefined ? [] : [{ upstream: upstream.name ?? 'mcp', doubt }];
    }),
  );
  return doubts.flat();
}

function doubtOfCommand(command: string, cwd: string | undefined, searchPath: string | undefined): string | undefined {
  // Windows finds programs by endings of its own; what it will find is not guessed here.
  if (process.platform === 'win32') return undefined;
  const candidates = command.includes('/')
    ? [isAbsolute(command) ? command : resolve(cwd ?? '.', command)]
    : (searchPath ?? '').split(delimiter).map((folder) => join(folder, command));
  return candidates.some(isProgram) ? undefined : `the command ${command} was not found`;
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

function doubtOfAddress({ hostname, port, protocol, origin }: URL): Promise<string | undefined> {
  const host = hostname.replace(/^\[|\]$/g, '');
  const number = port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
  return new Promise((done) => {
    const socket = connect({ host, port: number });
    const conclude = (doubt: string | undefined): void => {
      socket.destroy();
      done(doubt);
    };
    socket.setTimeout(CONNECT_MILLISECONDS, () => conclude(`${origin} takes no connection`));
    socket.once('connect', () => conclude(undefined));
    socket.once('error', () => conclude(`${origin} takes no connection`));
  });
}
