import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { SecretSource } from './secret-source.js';

/** The variables that name a file with a secret in it. */
const VARIABLES = ['PORTCULLIS_MASTER_KEY_FILE', 'DATABASE_URL_FILE', 'DATABASE_MIGRATION_URL_FILE'];

const READABLE_BY_OTHERS = 0o004;

/** A file with a secret in it. */
export interface SecretFile {
  /** What names it to the operator: a variable, a flag, or a place in the configuration. */
  readonly name: string;
  /** Absolute. */
  readonly path: string;
}

/** The files of secrets that the environment names. */
export function environmentSecretFiles({ environment, baseDirectory }: SecretSource): readonly SecretFile[] {
  return VARIABLES.flatMap((name) => {
    const file = environment[name];
    return file === undefined || file === '' ? [] : [{ name, path: resolve(baseDirectory, file) }];
  });
}

/**
 * A sentence for each file of a secret that every user of the machine may read. They are told and not refused: secrets
 * that an orchestrator mounts have such a mode where nobody else can see them. Whether a file can be used is not looked at.
 */
export function tellOpenSecretFiles(files: readonly SecretFile[]): readonly string[] {
  return files
    .filter(({ path }) => (modeOf(path) & READABLE_BY_OTHERS) !== 0)
    .map(
      ({ name, path }) => `${name}: every user of this machine may read ${path}; chmod 600 makes it its owner’s alone`,
    );
}

/** Of no file at all it is 0: whoever reads the secret says what is wrong. */
function modeOf(path: string): number {
  try {
    return statSync(path).mode;
  } catch {
    return 0;
  }
}
