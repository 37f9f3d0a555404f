import { spawn } from 'node:child_process';
import { win32 } from 'node:path';
import { parseEndpointUrl } from '@portcullis/protocol';
import { OAuthClientError } from '../oauth-client-error.js';

/** How a program is started: as a process of its own that outlives this one, never through a shell. */
export interface StartOptions {
  readonly shell: false;
  readonly stdio: 'ignore';
  readonly detached: true;
  readonly windowsHide: true;
  /** All that it sees as its environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Starts a program and says whether it could be started. */
export type StartProgram = (
  command: string,
  args: readonly string[],
  options: StartOptions,
  /** Called where it ends, while this process lives, and says that it failed. */
  onFailed: () => void,
) => Promise<boolean>;

/** How a browser is opened. */
export interface OpenBrowserOptions {
  /** A program and its first arguments; the address comes last. @defaultValue what the system opens addresses with */
  readonly command?: readonly [string, ...string[]];
  /** @defaultValue of this computer */
  readonly platform?: NodeJS.Platform;
  /** What the program sees as its environment. @defaultValue this process's, without what begins with `PORTCULLIS_` */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** @defaultValue by `spawn` of Node */
  readonly start?: StartProgram;
  /** Called where the program that was started ends with another exit code than 0. @defaultValue nobody is told */
  onFailed?(): void;
}

/** Longest address that is handed to a program. */
const MAX_URL_LENGTH = 8192;
/** Names and addresses that exist. A URL parser lets `$(…)` and `&` stand in a host. */
const HOST = /^([a-z0-9._-]+|\[[0-9a-f:.]+\])$/;

/**
 * Opens an address in the person's browser. The address comes from a server, so: https only, or http at a loopback host;
 * written anew by the URL parser; handed over as one argument of one program, never through a shell, which would run what
 * stands in it (CVE-2025-6514). It begins with `http`, so that no program takes it for an option; `--` in front of it would be
 * refused by `xdg-open`.
 *
 * True when a program was started; whether it showed the page nobody can tell.
 *
 * @throws {OAuthClientError} `url_refused`, and nothing was started
 */
export async function openBrowser(url: URL, options: OpenBrowserOptions = {}): Promise<boolean> {
  const parsed = parseEndpointUrl(url.href);
  const address = formatAddress(url);
  if (!parsed.ok || !HOST.test(url.hostname) || address.length > MAX_URL_LENGTH) {
    throw new OAuthClientError(
      'url_refused',
      'The authorization endpoint is no https URL that a browser could be sent to. Nothing was opened.',
    );
  }
  const env = options.environment ?? withoutOurs(process.env);
  const [command, ...args] = options.command ?? openerOf(options.platform ?? process.platform, env);
  const start = options.start ?? startProgram;
  const how = { shell: false, stdio: 'ignore', detached: true, windowsHide: true, env } as const;
  return start(command, [...args, address], how, () => options.onFailed?.());
}

/**
 * The address without characters that mean something to a shell, though none is asked: a URL parser leaves some of them
 * as they are. A `%` that begins no escape could be a variable's (`%COMSPEC%`); every reader takes `%25` for the same.
 */
function formatAddress({ href, search }: URL): string {
  const escaped = (text: string, unsafe: RegExp): string =>
    text.replace(/%(?![0-9A-Fa-f]{2})/g, '%25').replace(unsafe, encodeCharacter);
  const beforeQuery = href.slice(0, href.length - search.length);
  // In a query `&` stands between parameters.
  return escaped(beforeQuery, /['`$|;<>()\\^!{}*&]/g) + escaped(search, /['`$|;<>()\\^!{}*]/g);
}

function encodeCharacter(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}

function openerOf(platform: NodeJS.Platform, environment: OpenBrowserOptions['environment']): [string, ...string[]] {
  if (platform === 'darwin') return ['/usr/bin/open'];
  // Not `cmd /c start`: that is a shell. Named in full, since Windows looks for a program in the working directory first.
  if (platform === 'win32') {
    return [win32.join(windowsDirectory(environment), 'System32', 'rundll32.exe'), 'url.dll,FileProtocolHandler'];
  }
  return ['xdg-open'];
}

/** Names of variables have no case there. */
function windowsDirectory(environment: OpenBrowserOptions['environment'] = {}): string {
  const [, directory = ''] = Object.entries(environment).find(([name]) => name.toLowerCase() === 'systemroot') ?? [];
  return win32.isAbsolute(directory) ? directory : 'C:\\Windows';
}

/** A browser outlives us, and needs none of our keys and secrets (CX-08). Windows finds a variable by its name in any case. */
function withoutOurs(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const isOurs = (name: string): boolean => name.toUpperCase().startsWith('PORTCULLIS_');
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !isOurs(name)));
}

const startProgram: StartProgram = (command, args, options, onFailed) =>
  new Promise((resolve) => {
    try {
      const child = spawn(command, args, { ...options, env: { ...options.env } });
      child.once('error', () => resolve(false));
      // A signal is somebody's doing, and no failure.
      child.once('exit', (code) => {
        if (code !== null && code !== 0) onFailed();
      });
      child.once('spawn', () => {
        child.unref();
        resolve(true);
      });
    } catch {
      // Node refuses some programs before it tries, such as a batch file, which only a shell could run.
      resolve(false);
    }
  });
