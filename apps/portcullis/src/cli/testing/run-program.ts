import { Readable } from 'node:stream';
import type { Terminal } from '../../terminal.js';
import { createProgram } from '../program.js';
import { reportError } from '../report-error.js';

/** What surrounds a run. */
export interface Surroundings {
  /** Standard input, which is no terminal. */
  readonly input?: string;
  /** `PORTCULLIS_DEBUG` in it counts as it does for the program. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** What a run printed, and how it ended. */
export interface RunResult {
  readonly out: string;
  /** What it said beside the answer. */
  readonly notes: string;
  /** The words of the failure. */
  readonly err: string;
  readonly exitCode: number;
}

/** Runs the program's command line in this process. */
export async function run(args: readonly string[], surroundings: Surroundings = {}): Promise<RunResult> {
  let out = '';
  let notes = '';
  const sink = (take: (text: string) => void) => ({
    write(text: string): boolean {
      take(text);
      return true;
    },
  });
  const terminal = {
    stdin: Readable.from([surroundings.input ?? '']),
    stdout: sink((text) => {
      out += text;
    }),
    stderr: sink((text) => {
      notes += text;
    }),
    environment: surroundings.environment ?? {},
  } as unknown as Terminal;
  try {
    await createProgram(terminal).parseAsync(['node', 'portcullis', ...args]);
    return { out, notes, err: '', exitCode: 0 };
  } catch (error) {
    const { text, exitCode } = reportError(error, surroundings.environment?.['PORTCULLIS_DEBUG'] === '1');
    return { out, notes, err: text, exitCode };
  }
}
