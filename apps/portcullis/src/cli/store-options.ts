import type { Command } from 'commander';

/** Where the gate's state is, as options tell. */
export interface StoreOptions {
  readonly dataDir?: string;
  readonly config?: string;
}

/** Gives a command the options that lead it to the gate's state. */
export function addStoreOptions(command: Command): Command {
  return command
    .option('--data-dir <dir>', "the gate's data directory (default: the configuration's, else .portcullis here)")
    .option('--config <file>', "the gate's configuration: its data directory, its database, its rules");
}

/** What the help of such commands says of databases. */
export const STORE_HELP = `
With PostgreSQL, set DATABASE_URL as for the gate (or DATABASE_URL_FILE), or give its configuration with --config.`;
