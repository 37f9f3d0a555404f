/** Where the program speaks to a person. */
export interface Terminal {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  /** For what is said beside the answer, so that the answer can be piped on. */
  readonly stderr: NodeJS.WriteStream;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** The process's own terminal. */
export function processTerminal(): Terminal {
  return { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr, environment: process.env };
}

/** Whether a stream shows colour: it is a terminal, and nobody asked for none (`NO_COLOR`, `TERM=dumb`). */
export function showsColour(stream: { readonly isTTY?: boolean }, environment: Terminal['environment']): boolean {
  const refused = (environment['NO_COLOR'] ?? '') !== '' || environment['TERM'] === 'dumb';
  return stream.isTTY === true && !refused;
}
