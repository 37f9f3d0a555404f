import { spawn } from 'node:child_process';
import { parseEndpointUrl } from '../http/checked-url.js';
import { OAuthClientError } from '../oauth-client-error.js';

/** Starts a program and says whether it could be started. */
export type StartProgram = (command: string, args: readonly string[]) => Promise<boolean>;

/** How a browser is opened. */
export interface OpenBrowserOptions {
  /** A program and its first arguments; the address comes last. @defaultValue what the system opens addresses with */
  readonly command?: readonly [string, ...string[]];
  /** @defaultValue of this computer */
  readonly platform?: NodeJS.Platform;
  /** What the program sees as its environment. @defaultValue this process's, without what begins with `PORTCULLIS_` */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** @defaultValue a process of its own, without a shell */
  readonly start?: StartProgram;
}

/** Longest address that is handed to a program. */
const MAX_URL_LENGTH = 8192;

/**
 * Opens an address in the person's browser. The address comes from a server, so: https only, or http at a loopback host;
 * written anew by the URL parser; handed over as one argument of one program, never through a shell, which would run what
 * stands in it (CVE-2025-6514). True when a program was started; whether it showed the page nobody can tell.
 *
 * @throws {OAuthClientError} `url_refused`, and nothing was started
 */
export async function openBrowser(url: URL, options: OpenBrowserOptions = {}): Promise<boolean> {
  const parsed = parseEndpointUrl(url.href);
  // A URL parser leaves these as they are in places; no program needs to see them.
  const address = url.href.replace(/['`$|&;<>()\\^!{}*]/g, encodeCharacter);
  if (!parsed.ok || address.length > MAX_URL_LENGTH) {
    throw new OAuthClientError(
      'url_refused',
      'The authorization endpoint is no https URL that a browser could be sent to. Nothing was opened.',
    );
  }
  const [command, ...args] = options.command ?? openerOf(options.platform ?? process.platform);
  return (options.start ?? startProgramWith(options.environment ?? withoutOurs(process.env)))(command, [
    ...args,
    address,
  ]);
}

/** `&` and `!` and the like mean something in a query only where they stand between parameters. */
function encodeCharacter(character: string): string {
  return character === '&' ? character : `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}

function openerOf(platform: NodeJS.Platform): readonly [string, ...string[]] {
  if (platform === 'darwin') return ['open'];
  // Not `cmd /c start`: that is a shell.
  if (platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler'];
  return ['xdg-open'];
}

/** A browser outlives us, and needs none of our keys and secrets (CX-08). */
function withoutOurs(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('PORTCULLIS_')));
}

function startProgramWith(environment: Readonly<Record<string, string | undefined>>): StartProgram {
  return (command, args) =>
    new Promise((resolve) => {
      const options = { shell: false, stdio: 'ignore', detached: true, windowsHide: true } as const;
      const child = spawn(command, args, { ...options, env: { ...environment } });
      child.once('error', () => resolve(false));
      child.once('spawn', () => {
        child.unref();
        resolve(true);
      });
    });
}
