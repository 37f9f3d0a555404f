import { readFileSync, statSync } from 'node:fs';
import type { z } from 'zod';
import { systemErrorCode, usageError, whyUnreadable } from '../program-error.js';
import { checkNames } from './check-names.js';
import { parseConfigDocument } from './config-document.js';
import { type ConfigProblem, configError, type LocatedProblem } from './config-problem.js';
import { IN_PLAIN_WORDS } from './describe-issue.js';
import { type SalvagedConfig, salvageConfig } from './salvage-config.js';
import { type ConfigInput, configSchema } from './schema/config-schema.js';

const MAX_CONFIG_BYTES = 1024 * 1024;

/** A configuration file that was found right, and how to point into it. */
export interface ConfigFile {
  readonly file: string;
  readonly input: ConfigInput;
  locate(problem: ConfigProblem): LocatedProblem;
}

/** Finds what is wrong with the part of a broken configuration that can be read. */
export type LookFurther = (salvaged: SalvagedConfig) => readonly ConfigProblem[];

/**
 * Reads and checks a configuration file.
 *
 * @param lookFurther - for what the schema does not know: it is asked where the file is refused anyway, so that everything
 *   is said at once
 * @throws {ProgramError} naming every problem with line and column
 */
export function readConfigFile(file: string, lookFurther: LookFurther = () => []): ConfigFile {
  return parseConfig(file, readText(file), lookFurther);
}

/** Checks the text of a configuration file. @throws {ProgramError} as {@link readConfigFile} does. */
export function parseConfig(file: string, text: string, lookFurther: LookFurther = () => []): ConfigFile {
  const document = parseConfigDocument(text);
  if ('problems' in document) throw configError(file, document.problems);
  const data = document.data ?? {};
  const parsed = configSchema.safeParse(data, IN_PLAIN_WORDS);
  const issues = parsed.success ? [] : parsed.error.issues;
  const problems = [...checkNames(data), ...withoutSequels(issues.flatMap(unfoldUnion)).map(problemOf)];
  if (!parsed.success || problems.length > 0) {
    const salvaged = salvageConfig(data, issues);
    const further = salvaged === undefined ? [] : lookFurther(salvaged);
    problems.push(...further.map(({ path, message }) => ({ path: salvaged?.inFile(path) ?? path, message })));
    throw configError(file, problems.map(document.locate));
  }
  return { file, input: parsed.data, locate: (problem) => document.locate(problem) };
}

/** Of a value of another kind nothing else is wrong: what is said of its length, say, would be of the wrong kind's. */
function withoutSequels(issues: readonly z.core.$ZodIssue[]): readonly z.core.$ZodIssue[] {
  const placeOf = ({ path }: z.core.$ZodIssue): string => JSON.stringify(path.map(String));
  const ofAnotherKind = new Set(issues.filter(({ code }) => code === 'invalid_type').map(placeOf));
  return issues.filter((issue) => issue.code === 'invalid_type' || !ofAnotherKind.has(placeOf(issue)));
}

function problemOf(issue: z.core.$ZodIssue): ConfigProblem & { readonly unknownKey?: string } {
  const unknownKey = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  return {
    path: issue.path.filter((part) => typeof part !== 'symbol'),
    message: keyMessage(issue) ?? issue.message,
    ...(unknownKey === undefined ? {} : { unknownKey }),
  };
}

/** Of a value that may have several forms, what is wrong with the one that was meant: the form whose outer shape fits.
 * Where none fits, the last form's; a union with words of its own keeps them. */
function unfoldUnion(issue: z.core.$ZodIssue): readonly z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union' || issue.message !== 'Invalid input') return [issue];
  const meant = issue.errors.find((form) =>
    form.every(({ code, path }) => path.length > 0 || code === 'unrecognized_keys' || code === 'custom'),
  );
  const inner = meant ?? issue.errors.at(-1) ?? [];
  return inner.map((problem) => ({ ...problem, path: [...issue.path, ...problem.path] }));
}

/** What is wrong with a key of a record: zod keeps it one level down. */
function keyMessage(issue: { code?: string; issues?: unknown }): string | undefined {
  if (issue.code !== 'invalid_key' || !Array.isArray(issue.issues)) return undefined;
  const [first]: unknown[] = issue.issues;
  return typeof first === 'object' && first !== null && 'message' in first ? String(first.message) : undefined;
}

function readText(file: string): string {
  try {
    if (statSync(file).size > MAX_CONFIG_BYTES)
      throw usageError(`${file} is larger than 1 MiB; is it a configuration?`);
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    throw usageError(`cannot read the configuration ${file}: ${whyUnreadable(error)}`);
  }
}
