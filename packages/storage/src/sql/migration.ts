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
  readonly pending: readonly Pick<Migration, 'version' | 'name'>[];
}

/** The plan for a database at `current`. */
export function planFrom(current: number, migrations: readonly Migration[]): MigrationPlan {
  const pending = migrations.filter(({ version }) => version > current);
  return {
    current,
    known: migrations.at(-1)?.version ?? 0,
    pending: pending.map(({ version, name }) => ({ version, name })),
  };
}

/** @throws when a newer program wrote the schema: this one would misread it */
export function requireKnown({ current, known }: MigrationPlan): void {
  if (current > known) {
    throw new Error(`it has schema version ${current}, written by a newer Portcullis; this one knows ${known}`);
  }
}
