import { type ScriptPart, sqlLiteral } from './migration-script.js';

/** One step of the schema. Once released it is never changed: a later step corrects an earlier one. */
export interface Migration {
  /** 1, 2, 3, … without a gap. */
  readonly version: number;
  readonly name: string;
  readonly statements: readonly string[];
}

/** How a database's schema stands to the program. */
export interface MigrationPlan {
  /** The version it has; 0 for one that has none of ours. */
  readonly current: number;
  /** The version that this program needs. A database with a higher one was written by a newer program. */
  readonly known: number;
  /** What is still to be run, in order. */
  readonly pending: readonly Migration[];
}

/** A plan, and what goes with it beside its steps. */
export interface MigrationReport extends MigrationPlan {
  /** What is run, or would be, for the role that serving connections take on, as statements; none where there is no role. */
  readonly forRole: readonly string[];
  /** What of the role is missing or too much after that, a sentence each. */
  readonly doubts: readonly string[];
}

/** What can be told of a plan before anything is run. */
export interface MigrationPreview extends MigrationReport {
  /** All that would be run, as a script for the database's own shell: one transaction, as the program itself does it. */
  readonly script: string;
  /** Why it could not be run as things are, in words for the operator; undefined where nothing is known to be in the way. */
  readonly obstacle: string | undefined;
}

/** The plan for a database at `current`. */
export function planFrom(current: number, migrations: readonly Migration[]): MigrationPlan {
  const pending = migrations.filter(({ version }) => version > current);
  return { current, known: migrations.at(-1)?.version ?? 0, pending };
}

/** All that a step runs: its statements, and the one that writes down that it was done. */
export function statementsOf({ version, name, statements }: Migration): readonly string[] {
  return [...statements, `INSERT INTO schema_version (version, name) VALUES (${version}, ${sqlLiteral(name)})`];
}

/** The steps of a plan as parts of a script. */
export function scriptParts({ pending }: MigrationPlan): readonly ScriptPart[] {
  return pending.map((step) => ({ title: `Step ${step.version}: ${step.name}`, statements: statementsOf(step) }));
}

/** How the schema stands, for the head of a script. */
export function describePlan({ current, known }: MigrationPlan): string {
  return current > known
    ? `The schema has version ${current}, written by a newer Portcullis; this one knows ${known}.`
    : `The schema has version ${current}; this Portcullis needs ${known}.`;
}

/** @throws when a newer program wrote the schema: this one would misread it */
export function requireKnown({ current, known }: MigrationPlan): void {
  if (current > known) {
    throw new Error(`it has schema version ${current}, written by a newer Portcullis; this one knows ${known}`);
  }
}
