import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { ProgramError, usageError } from '../program-error.js';
import type { MigrationPlan, MigrationPreview, MigrationReport } from '../start/open-storage.js';
import type { Terminal } from '../terminal.js';
import { terminalText } from '../terminal-text.js';
import { addExamples } from './examples.js';
import { formatJson } from './format-json.js';
import { addStoreOptions, STORE_HELP, type StoreOptions } from './store-options.js';
import { type FoundStore, findStore } from './with-store.js';

interface MigrateOptions extends StoreOptions {
  readonly dryRun?: boolean;
  readonly sql?: boolean;
  readonly json?: boolean;
}

const EXAMPLES = [
  { line: 'migrate --dry-run', note: 'what would be run; changes nothing' },
  { line: 'migrate --dry-run --sql', note: 'the same as an SQL script, to read, or for somebody else to run' },
  { line: 'migrate' },
];

const MORE = `The gate runs migrations itself when it starts: this is for those who want to see them first, or run them before new
gates come up. No other command changes a schema that is there: where steps are missing it says so, and ends with 2.
Gates of an older version run on, and cannot be restarted once the schema is newer. It is done in one transaction under a
lock, so it may be run from several places at once, and one that fails changes nothing.

Where the login that serves may not change the schema, DATABASE_MIGRATION_URL (or DATABASE_MIGRATION_URL_FILE) holds the
one that may. In PostgreSQL the role that gates take on is made and given what they need as well, as far as that login
may; what is missing then, and what to run for it, is said at the end, on standard error.

Exit codes: 0 the schema is up to date, whatever the role is missing, or with --dry-run: there is nothing to do, or what
there is was listed; 1 it could not be done, or with --dry-run: a newer Portcullis wrote the schema, or the login may not
do it, unless --sql printed it for somebody else to run; 2 asked wrongly.
${STORE_HELP}`;

/** Adds `portcullis migrate`. */
export function addMigrateCommand(program: Command, terminal: Terminal): void {
  const command = program.command('migrate').description('bring the database to the schema of this version');
  const say = (text: string): void => void terminal.stdout.write(`${text}\n`);
  addExamples(addStoreOptions(command), EXAMPLES, MORE)
    .option('--dry-run', 'say what would be run, and change nothing')
    .option('--sql', 'with --dry-run: print it as an SQL script')
    .option('--json', 'as JSON')
    .action(async (options: MigrateOptions) => {
      const { dryRun = false, sql = false, json = false } = options;
      if (sql && !dryRun) throw usageError('--sql goes with --dry-run: it prints what would be run, and runs nothing');
      if (sql && json) throw usageError('--sql and --json are two forms of one answer: choose one');
      const [{ migrateStorage, planMigrations }, { describeMigrated }, choice] = await Promise.all([
        import('../start/open-storage.js'),
        import('../config/resolve-database.js'),
        findStore(terminal, options, dryRun ? 'look' : 'make', 'migrating'),
      ]);
      if (choice.database === undefined) await tellDirectory(choice, options, terminal);
      const store =
        choice.database === undefined ? terminalText(choice.databaseFile, 4096) : describeMigrated(choice.database);
      const schema = `The schema of ${store}`;
      if (!dryRun) {
        const done = await migrateStorage(choice);
        if (choice.onceMade !== undefined) terminal.stderr.write(`${choice.onceMade}\n`);
        say(json ? migratedJson(done) : tellMigrated(done, schema));
        return tellDoubts(done, terminal);
      }
      const preview = await planMigrations(choice);
      say(sql ? preview.script.trimEnd() : json ? planJson(preview) : tellPreview(preview, schema));
      if (preview.current > preview.known) {
        throw new ProgramError('a newer Portcullis wrote the schema: use that one');
      }
      tellDoubts(preview, terminal);
      if (preview.obstacle === undefined) return;
      if (!sql) throw new ProgramError(preview.obstacle);
      // Somebody else may be the one to run the script.
      terminal.stderr.write(`As things are, ${preview.obstacle}\n`);
    });
}

/** Says whether there is a data directory; a dry run refuses the ones that migrating would. */
async function tellDirectory(choice: FoundStore, { dataDir }: MigrateOptions, terminal: Terminal): Promise<void> {
  const { requireOurs } = await import('../start/data-directory.js');
  const directory = choice.openDirectory();
  if (directory === undefined) return;
  if (dataDir !== undefined) requireOurs(directory.path);
  if (!existsSync(directory.path)) {
    terminal.stderr.write(
      `There is no data directory at ${terminalText(directory.path, 4096)} yet: it would be made\n`,
    );
  }
}

function tellDoubts({ doubts }: MigrationReport, terminal: Terminal): void {
  for (const doubt of doubts) terminal.stderr.write(`${doubt}\n`);
}

/** Without `obstacle` where nothing is known to be in the way. */
function planJson({ current, known, pending, forRole, doubts, obstacle }: MigrationPreview): string {
  return formatJson({ current, known, pending: stepsJson(pending), forRole, doubts, obstacle });
}

/** What this run did: the version it found, the one that it left, the steps between, and what it ran for the role. */
function migratedJson({ current, known, pending, forRole, doubts }: MigrationReport): string {
  return formatJson({ from: current, to: known, ran: stepsJson(pending), forRole, doubts });
}

function stepsJson(steps: MigrationPlan['pending']): MigrationPlan['pending'] {
  return steps.map(({ version, name }) => ({ version, name }));
}

/** @param schema - with where it is */
function tellPreview(preview: MigrationPreview, schema: string): string {
  const { current, known, pending, forRole, obstacle } = preview;
  if (current > known) return `${schema} has version ${current}; this program knows ${known}.`;
  if (pending.length === 0 && forRole.length === 0) return tellNothing(preview, schema);
  const what = obstacle === undefined ? 'Would run' : 'It lacks';
  const needs = pending.length === 0 ? '.' : `; this program needs ${known}.`;
  return `${schema} has version ${current}${needs} ${what}${tellRun(preview)}\nNothing was changed.`;
}

function tellMigrated(report: MigrationReport, schema: string): string {
  const { current, known, pending, forRole } = report;
  if (pending.length === 0 && forRole.length === 0) return tellNothing(report, schema);
  const versions = pending.length === 0 ? `has version ${current}` : `had version ${current} and has ${known} now`;
  return `${schema} ${versions}. Ran${tellRun(report)}`;
}

/** That there is nothing to do is said only where nothing is left for another login either. */
function tellNothing({ current, doubts }: MigrationReport, schema: string): string {
  return `${schema} has version ${current}. There is nothing to ${doubts.length === 0 ? 'do' : 'run with this login'}.`;
}

/** The steps, and what goes to the role, each line indented. */
function tellRun({ pending, forRole }: MigrationReport): string {
  const steps = pending.map(({ version, name }) => `\n  ${version}  ${name}`);
  const role = forRole.map((statement) => `\n  ${statement}`);
  return [
    ...(steps.length === 0 ? [] : [':', ...steps]),
    ...(role.length === 0 ? [] : [steps.length === 0 ? '' : '\nand', ' for the role that gates take on:', ...role]),
  ].join('');
}
