import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { fail, type Result, succeed } from '@portcullis/protocol';
import { whyUnreadable } from '../program-error.js';
import type { ValueOrReference } from './schema/building-blocks.js';

const MAX_SECRET_BYTES = 64 * 1024;

/** Where references are looked up. */
export interface SecretSource {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What relative file names start from. */
  readonly baseDirectory: string;
}

/** The text behind a value or reference. The failure is a sentence that names the reference and says what is wrong with it,
 * never the value. */
export function readSecret(value: ValueOrReference, source: SecretSource): Result<string, string> {
  if (typeof value === 'string') return succeed(value);
  if ('env' in value) {
    const found = source.environment[value.env];
    return found === undefined || found === ''
      ? fail(`the environment variable ${value.env} is not set`)
      : succeed(found);
  }
  const file = resolve(source.baseDirectory, value.file);
  try {
    if (statSync(file).size > MAX_SECRET_BYTES) return fail(`${file} is larger than 64 KiB`);
    const text = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
    return text === '' ? fail(`${file} is empty`) : succeed(text);
  } catch (error) {
    return fail(`${file} cannot be read: ${whyUnreadable(error)}`);
  }
}

const SHORTEST_CLIENT_SECRET = 32;

/** What makes a client secret unfit, or undefined: shorter than 32 characters, or hardly any variety, as placeholders
 * have. The secret itself is never part of the answer. */
export function checkClientSecret(secret: string): string | undefined {
  if (secret.length < SHORTEST_CLIENT_SECRET) return `is shorter than ${SHORTEST_CLIENT_SECRET} characters`;
  if (new Set(secret).size < 8) return 'looks like a placeholder; use a random secret';
  return undefined;
}
