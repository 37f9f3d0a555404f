import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A program that is started in place of a browser, and keeps what it was started with. */
export interface RecordingBrowser {
  /** For `--open-command`. */
  readonly openCommand: string;
  /** Whether it was started. */
  wasStarted(): boolean;
  /** The address it was given: its last argument. */
  address(): string;
  /** Its arguments and its whole environment, as JSON. */
  record(): string;
}

/** Keeps all at once what it was started with; then goes where a sign-in would lead it, with the code `the-code`. */
const PROGRAM = `const { renameSync, writeFileSync } = require('node:fs');
const [, file, ...args] = process.argv;
writeFileSync(file + '.part', JSON.stringify({ args, environment: process.env }));
renameSync(file + '.part', file);
const { searchParams } = new URL(args.at(-1));
const back = new URL(searchParams.get('redirect_uri'));
back.search = new URLSearchParams({ code: 'the-code', state: searchParams.get('state') });
fetch(back);`;

/** One that has not been started yet. */
export function createRecordingBrowser(): RecordingBrowser {
  const file = join(mkdtempSync(join(tmpdir(), 'portcullis-browser-')), 'started');
  const read = (): string => readFileSync(file, 'utf8');
  return {
    openCommand: [process.execPath, '-e', PROGRAM, file].map((word) => `'${word.replaceAll("'", `'"'"'`)}'`).join(' '),
    wasStarted: () => existsSync(file),
    address: () => (JSON.parse(read()) as { args: string[] }).args.at(-1) ?? '',
    record: read,
  };
}
