import { usageError } from '../program-error.js';
import { terminalText } from '../terminal-text.js';
import { readSecret, type SecretSource } from './secret-source.js';

const LONGEST_PATH = 4096;

/** A value that the environment gave, and the words for where it came from. */
export interface EnvironmentValue {
  readonly value: string;
  /** `DATABASE_URL`, or `the file /run/secrets/url of DATABASE_URL_FILE`. */
  readonly origin: string;
}

/**
 * The value of a variable, or of the file that the variable `…_FILE` names, as containers are given secrets. Undefined
 * when neither is set.
 *
 * @throws {ProgramError} when both are set, when one is set but empty, or when the file cannot be read. An empty one is
 *   not taken for absent: a variable that failed to expand would turn the setting off without a word (F-12)
 */
export function readEnvironmentValue(name: string, source: SecretSource): EnvironmentValue | undefined {
  const plain = source.environment[name];
  const file = source.environment[`${name}_FILE`];
  if (plain !== undefined && file !== undefined) throw usageError(`${name} and ${name}_FILE are both set: unset one`);
  if (plain === '') throw usageError(`${name} is set but empty: unset it, or give it its value`);
  if (file === '') throw usageError(`${name}_FILE is set but empty: unset it, or give it its value`);
  if (file === undefined) return plain === undefined ? undefined : { value: plain, origin: name };
  const read = readSecret({ file }, source);
  if (!read.ok) throw usageError(`${name}_FILE: ${read.failure}`);
  return { value: read.value, origin: `the file ${terminalText(file, LONGEST_PATH)} of ${name}_FILE` };
}
