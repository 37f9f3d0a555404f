import type { MigrationPlan } from './migration.js';

/**
 * What opening may do to the schema: `migrate` brings it up to date; `make` makes one where there is none of ours, and
 * `existing` does not even that. Both of these refuse a schema that lacks steps, and leave it as it is: other processes
 * that know only the older one may be at work on it, and could not be started again.
 */
export type SchemaUse = 'migrate' | 'make' | 'existing';

/** The schema lacks steps that opening was not to run. The cause of a `DatabaseOpenError`. */
export class SchemaOutdatedError extends Error {
  override readonly name = 'SchemaOutdatedError';

  constructor({ current, known }: MigrationPlan) {
    super(
      current === 0
        ? 'it has no schema yet: run npx portcullis migrate first, or start a gate'
        : `it has schema version ${current}, this program needs ${known}: run npx portcullis migrate first, when every gate ` +
            'on it can be restarted',
    );
  }
}

/** @throws {SchemaOutdatedError} when `use` does not allow what is pending */
export function requireAllowed(plan: MigrationPlan, use: SchemaUse): void {
  if (plan.pending.length === 0 || use === 'migrate' || (use === 'make' && plan.current === 0)) return;
  throw new SchemaOutdatedError(plan);
}
