import { dirname, resolve } from 'node:path';
import type { ConfigProblem } from './config-problem.js';
import type { ConfigFile } from './read-config-file.js';
import { type ConfigEnvironment, DEFAULTS, resolveDataDir, throwProblems } from './resolve-config.js';
import { type PostgresConfig, resolveDatabase } from './resolve-database.js';
import type { ConfigInput } from './schema/config-schema.js';

/** What commands beside the gate take from its configuration: where its state is, and the rules for what they add. */
export interface ManagementConfig {
  /** Absolute. */
  readonly dataDir: string;
  /** Undefined is SQLite in the data directory. */
  readonly database: PostgresConfig | undefined;
  /** Everything else as it was written; the defaults without a file. Its references are not looked up. */
  readonly input: ConfigInput;
  readonly isFromFile: boolean;
}

/**
 * The part of a configuration that management needs. References of upstreams and clients are left alone: their secrets
 * need not be at hand where somebody adds a user.
 *
 * @throws {ProgramError} when it cannot be told which store is meant (exit code 2)
 */
export function resolveManagementConfig(
  file: ConfigFile | undefined,
  dataDir: string | undefined,
  { workingDirectory, environment }: ConfigEnvironment,
): ManagementConfig {
  const input = file?.input ?? DEFAULTS;
  const baseDirectory = file === undefined ? workingDirectory : dirname(resolve(workingDirectory, file.file));
  const problems: ConfigProblem[] = [];
  const source = { baseDirectory, environment };
  const database = resolveDatabase(input.database, source, workingDirectory, (problem) => void problems.push(problem));
  throwProblems(file, problems);
  return { dataDir: resolveDataDir(file, dataDir, workingDirectory), database, input, isFromFile: file !== undefined };
}
