import { createProgram } from './cli/program.js';
import { reportError } from './cli/report-error.js';
import { allowGoneReader } from './gone-reader.js';
import { processTerminal } from './terminal.js';

function end(error: unknown): never {
  const { text, exitCode } = reportError(error, process.env['PORTCULLIS_DEBUG'] === '1');
  process.stderr.write(text);
  process.exit(exitCode);
}

// What escapes everything else ends the program in the same words as any other failure.
process.on('uncaughtException', end);
for (const stream of [process.stdout, process.stderr]) allowGoneReader(stream, end);

try {
  await createProgram(processTerminal()).parseAsync();
  process.exit(0);
} catch (error) {
  end(error);
}
