import { type ProgramError, usageError } from '../program-error.js';
import { terminalText } from '../terminal-text.js';

/** One thing that is wrong with a configuration. */
export interface ConfigProblem {
  /** Where, from the root: keys and indexes. */
  readonly path: readonly (string | number)[];
  /** What is wrong and what is allowed. Never holds the value found: it may be a secret. */
  readonly message: string;
}

/** A problem with its place in the text. Line and column count from 1. */
export interface LocatedProblem extends ConfigProblem {
  readonly line?: number;
  readonly column?: number;
}

/** All problems of one file, one per line and in the order of the file, as the error that ends the program (exit code 2). */
export function configError(file: string, problems: readonly LocatedProblem[]): ProgramError {
  const inOrder = problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
  return usageError(inOrder.map((problem) => describeProblem(problem, file)).join('\n'));
}

/** One problem in one line. @param file - undefined where there is none, and the place is the name alone */
export function describeProblem({ line, column, path, message }: LocatedProblem, file: string | undefined): string {
  const place = line === undefined ? file : `${file}:${line}:${column ?? 1}`;
  const at = path.length === 0 ? '' : `${formatPath(path)}: `;
  return terminalText(`${place === undefined ? '' : `${place} `}${at}${message}`, 1000);
}

/** `upstreams[0].name` */
export function formatPath(path: readonly (string | number)[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? part : `${text}.${part}`;
  }, '');
}
