import { readFileSync, statSync } from 'node:fs';
import { usageError } from '../program-error.js';

/** Where headers come from. */
export interface HeaderSources {
  /** `Name: value`, as an argument has it. */
  readonly headers: readonly string[];
  /** A file with one on each line. */
  readonly file: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

const MAX_FILE_BYTES = 64 * 1024;
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,256}$/;
/** Headers that belong to the protocol, or to the connection. */
const RESERVED =
  /^(accept|connection|content-.*|cookie2|dpop|expect|host|keep-alive|last-event-id|mcp-.*|te|trailer|transfer-encoding|upgrade)$/i;
const VARIABLE = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;
/** Headers whose value is a secret, by their name. */
const SECRET = /(auth|cookie|credential|key|pass|secret|session|signature|token)/i;

/**
 * The headers that are sent beside those of the protocol. A value may be taken from a variable (`${NAME}`) or a file; one
 * that is a secret by its name has to be, since arguments are shown to every user of the machine (CX-08).
 *
 * @throws {ProgramError} that names the header, never its value
 */
export function readRequestHeaders({ headers, file, environment }: HeaderSources): Record<string, string> {
  const found: Record<string, string> = {};
  const lines = file === undefined ? [] : readLines(file);
  for (const [text, isArgument] of [
    ...lines.map((line) => [line, false] as const),
    ...headers.map((header) => [header, true] as const),
  ]) {
    const colon = text.indexOf(':');
    const name = text.slice(0, Math.max(colon, 0)).trim();
    if (!NAME.test(name)) throw usageError('a header is written "Name: value"');
    if (RESERVED.test(name)) throw usageError(`the header ${name} belongs to the protocol and cannot be set`);
    const written = text.slice(colon + 1).trim();
    const hasVariable = variablesOf([written]).length > 0;
    if (isArgument && SECRET.test(name) && !hasVariable) {
      throw usageError(
        `the value of ${name} would be seen in the process list: write it as "${name}: \${VARIABLE}", or use --header-file`,
      );
    }
    const value = written.replace(VARIABLE, (_, variable: string) => {
      const set = environment[variable];
      if (set === undefined || set === '') throw usageError(`the header ${name}: the variable ${variable} is not set`);
      return set;
    });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what a header must not hold
    if (/[\u0000-\u0008\u000a-\u001f\u007f]|[^\u0000-\u00ff]/.test(value)) {
      throw usageError(`the value of the header ${name} holds a character that no header can`);
    }
    found[name.toLowerCase()] = value;
  }
  return found;
}

/** The variables that headers take values from. */
export function variablesOf(headers: readonly string[]): readonly string[] {
  return headers.flatMap((header) => [...header.matchAll(VARIABLE)].map(([, name = '']) => name));
}

function readLines(file: string): readonly string[] {
  try {
    if (statSync(file).size > MAX_FILE_BYTES) throw usageError(`${file} is larger than 64 KiB`);
    const lines = readFileSync(file, 'utf8').split(/\r?\n/);
    return lines.filter((line) => line.trim() !== '' && !line.startsWith('#'));
  } catch (error) {
    if (error instanceof Error && error.name === 'ProgramError') throw error;
    throw usageError(`${file} cannot be read`);
  }
}
