import type { Command } from 'commander';
import { ProgramError } from '../program-error.js';
import type { MigrationPlan } from '../start/open-storage.js';
import type { Terminal } from '../terminal.js';
import { formatJson } from './format-json.js';
import { addStoreOptions, STORE_HELP, type StoreOptions } from './store-options.js';
import { findStore } from './with-store.js';

interface MigrateOptions extends StoreOptions {
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  $ npx portcullis migrate --dry-run       what would be run; changes nothing
  $ npx portcullis migrate

The gate runs migrations itself when it starts, and so does every command that opens the store: this is for those who
want to see them first, or run them before new gates come up. It is done in one transaction under a lock, so it may be
run from several places at once, and one that fails changes nothing.

Where the login that serves may not change the schema, DATABASE_MIGRATION_URL (or DATABASE_MIGRATION_URL_FILE) holds the
one that may.

Exit codes: 0 the schema is up to date, or with --dry-run: there is nothing to do, or what there is was listed; 1 it
could not be done, or a newer Portcullis wrote the schema; 2 asked wrongly.
${STORE_HELP}`;

/** Adds `portcullis migrate`. */
export function addMigrateCommand(program: Command, terminal: Terminal): void {
  const command = program.command('migrate').description('bring the database to the schema of this version');
  addStoreOptions(command)
    .option('--dry-run', 'say what would be run, and change nothing')
    .option('--json', 'as JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (options: MigrateOptions) => {
      const [{ migrateStorage, planMigrations }, { describeMigrated }, choice] = await Promise.all([
        import('../start/open-storage.js'),
        import('../config/resolve-database.js'),
        findStore(terminal, options, options.dryRun === true ? 'look' : 'make'),
      ]);
      const isDryRun = options.dryRun === true;
      const plan = await (isDryRun ? planMigrations(choice) : migrateStorage(choice));
      const place = choice.database === undefined ? '' : ` of ${describeMigrated(choice.database)}`;
      terminal.stdout.write(`${options.json === true ? formatJson(plan) : tell(plan, isDryRun, place)}\n`);
      if (plan.current > plan.known) throw new ProgramError('a newer Portcullis wrote the schema: use that one');
    });
}

/** @param place - which database, where it is not the one in the data directory */
function tell({ current, known, pending }: MigrationPlan, isDryRun: boolean, place: string): string {
  const schema = `The schema${place}`;
  if (current > known) return `${schema} has version ${current}; this program knows ${known}.`;
  if (pending.length === 0) return `${schema} has version ${current}. There is nothing to do.`;
  const steps = pending.map(({ version, name }) => `  ${version}  ${name}`).join('\n');
  return isDryRun
    ? `${schema} has version ${current}; this program needs ${known}. Would run:\n${steps}\nNothing was changed.`
    : `${schema} had version ${current} and has ${known} now. Ran:\n${steps}`;
}
