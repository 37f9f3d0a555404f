import { resolve } from 'node:path';
import { DEFAULT_DATA_DIRECTORY } from '../config/schema/config-schema.js';
import { shellWord } from '../shell-word.js';
import { terminalText } from '../terminal-text.js';

/** What of the gate's own command line says where its state is, as it was given; undefined where it was not. */
export interface StorePlace {
  readonly config: string | undefined;
  readonly dataDir: string | undefined;
}

/**
 * The options, each after a space, with which a command that the gate prints finds the gate's own store; empty where it
 * needs none. A configuration file may name a database or another directory, so it is always told, and a `--data-dir`
 * that wins over it too. Paths are absolute, since the command may be typed elsewhere, and quoted for a POSIX shell. One
 * with characters that could command a terminal is printed without them: it cannot be pasted.
 */
export function storeFlags({ config, dataDir }: StorePlace): string {
  const isDefault =
    dataDir === undefined || (config === undefined && resolve(dataDir) === resolve(DEFAULT_DATA_DIRECTORY));
  const file = config === undefined ? '' : ` --config ${pathWord(config)}`;
  return isDefault ? file : `${file} --data-dir ${pathWord(dataDir)}`;
}

function pathWord(path: string): string {
  return shellWord(terminalText(resolve(path), Number.POSITIVE_INFINITY));
}
