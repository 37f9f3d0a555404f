import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { StartProgram } from '@portcullis/client/node';
import { authorizeByForms, FormBrowser, type FormPerson } from './form-browser.js';
import { ROOT } from './paths.js';

/** What a program starts in place of a browser: whoever is named signs in by the forms of the pages. */
export interface FormsOpener {
  /** For `--open-command`. */
  readonly command: string;
  /** For `browserSignIn` in this process, which starts no program then. */
  readonly start: StartProgram;
  /** The addresses that were opened. */
  readonly opened: URL[];
  /** Sign-ins that came to no end: the page that was in the way. */
  readonly failures: string[];
  /** The names of the variables that it saw, of all its starts. */
  readonly variables: Set<string>;
  close(): Promise<void>;
}

/** Starts one for the site at `origin`. A sign-in that fails is seen by the program, which waits in vain. */
export async function startFormsOpener(origin: string, person: FormPerson): Promise<FormsOpener> {
  const opened: URL[] = [];
  const failures: string[] = [];
  const seen = new Set<string>();
  const visit = async (address: URL): Promise<void> => {
    opened.push(address);
    try {
      await fetch(await authorizeByForms(new FormBrowser(origin), address, person));
    } catch (error) {
      failures.push(String(error));
    }
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => void chunks.push(chunk));
    request.on('end', () => {
      response.end();
      const handed = JSON.parse(Buffer.concat(chunks).toString()) as { address: string; variables: string[] };
      for (const name of handed.variables) seen.add(name);
      void visit(new URL(handed.address));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const receiver = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return {
    command: `"${process.execPath}" "${join(ROOT, 'test/support/hand-over.mjs')}" ${receiver}`,
    async start(_program, args) {
      void visit(new URL(args.at(-1) ?? ''));
      return true;
    },
    opened,
    failures,
    variables: seen,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
