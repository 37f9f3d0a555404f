import { createInterface } from 'node:readline';
import { authorizationCode, clientCredentials, type DevicePrompt, type Grant } from '@portcullis/client';
import { browserSignIn, pasteSignIn } from '@portcullis/client/node';
import { usageError } from '../program-error.js';
import type { Terminal } from '../terminal.js';
import { terminalText } from '../terminal-text.js';
import type { SignInOptions } from './client-options.js';
import { deviceGrant } from './device-grant.js';
import { variablesOf } from './request-headers.js';
import { splitCommand } from './split-command.js';
import { formatSeconds, showWaiting, type Waiting } from './waiting.js';

/** A way to sign in, and an end to what it shows. */
export interface PersonGrant {
  readonly grant: Grant;
  /** Takes off the terminal what is shown while a person is waited for. */
  end(): void;
}

const TIMEOUT_SECONDS = 300;
const MAX_URL_LENGTH = 8192;

/**
 * How the command line asks a person to sign in. Everything is said on standard error; the address is shown as text too,
 * since a browser that was started may show nothing.
 *
 * @throws {ProgramError} on options that do not go together
 */
export function askPerson(options: SignInOptions, terminal: Terminal): PersonGrant {
  const { device, paste, port, host, openCommand, timeout = TIMEOUT_SECONDS } = options;
  const chosen = [device, paste, openCommand !== undefined, options.clientCredentials].filter((one) => one === true);
  if (chosen.length > 1) {
    throw usageError('--device, --paste, --open-command and --client-credentials exclude each other');
  }
  if (options.push === true && (device === true || options.clientCredentials === true)) {
    throw usageError(
      '--push is for sign-ins in a browser: neither --device nor --client-credentials makes a request to push',
    );
  }
  let waiting: Waiting | undefined;
  const end = (): void => {
    waiting?.end();
    waiting = undefined;
  };
  const say = (text: string): void => void terminal.stderr.write(`${text}\n`);
  const wait = (seconds: number): void => {
    end();
    waiting = showWaiting(terminal, seconds);
  };

  if (options.clientCredentials === true) return { grant: clientCredentials(), end };
  if (device === true) {
    const show = (prompt: DevicePrompt): void => {
      say(formatDevicePrompt(prompt));
      wait(prompt.expiresInSeconds);
    };
    return { grant: deviceGrant({ show, ...(options.timeout === undefined ? {} : { timeoutSeconds: timeout }) }), end };
  }
  const callback = {
    ...(port === undefined ? {} : { port }),
    ...(host === undefined ? {} : { host }),
    timeoutSeconds: timeout,
  };
  if (paste === true) {
    const lines = createLines(terminal);
    const signIn = pasteSignIn({
      ...callback,
      onUrl(url, redirectUri) {
        say(`Open this address in a browser on any machine:\n\n${terminalText(url.href, MAX_URL_LENGTH)}\n`);
        say(`After the sign-in the browser goes to ${redirectUri} and shows that nothing answers there.`);
        say(`Copy the whole address from its address bar, and paste it here (within ${formatSeconds(timeout)}):`);
      },
      ask: () => lines.next(),
      onUnusable: () => say('That is not the address that this sign-in ended at. Paste the whole address:'),
    });
    return { grant: authorizationCode(signIn), end: () => lines.close() };
  }
  const command = openCommand === undefined ? undefined : splitCommand(openCommand);
  const signIn = browserSignIn({
    ...callback,
    browser: { environment: browserEnvironment(options, terminal), ...(command === undefined ? {} : { command }) },
    onUrl(url, wasOpened) {
      const words = wasOpened
        ? 'Sign in with the browser that opens. If none does, open this address:'
        : 'No browser could be started. Open this address on this computer (--paste and --device are for others):';
      say(`${words}\n\n${terminalText(url.href, MAX_URL_LENGTH)}\n`);
      wait(timeout);
    },
    onBrowserFailed() {
      waiting?.end();
      say(
        'The browser failed to start. Open the address above on this computer (--paste and --device are for others).',
      );
      waiting?.resume();
    },
  });
  return { grant: authorizationCode(signIn), end };
}

/** What a person is to do on another device. The words of the server are cleaned. */
export function formatDevicePrompt(prompt: DevicePrompt): string {
  const { userCode, verificationUri, verificationUriComplete } = prompt;
  const lines = [
    `On any device, open ${terminalText(verificationUri, MAX_URL_LENGTH)} and enter the code`,
    '',
    `    ${terminalText(userCode)}`,
    '',
    'Enter it only if you have started this yourself.',
  ];
  if (verificationUriComplete === undefined) return lines.join('\n');
  return [...lines, `With the code in it: ${terminalText(verificationUriComplete, MAX_URL_LENGTH)}`].join('\n');
}

/** A browser needs none of our keys, nor the secrets that headers are made of (CX-08). */
function browserEnvironment(
  { header = [] }: SignInOptions,
  { environment }: Terminal,
): Readonly<Record<string, string | undefined>> {
  // Windows finds a variable by its name in any case.
  const secrets = new Set(variablesOf(header).map((name) => name.toUpperCase()));
  const isSecret = (name: string): boolean => name.startsWith('PORTCULLIS_') || secrets.has(name);
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !isSecret(name.toUpperCase())));
}

/** Lines of standard input, one when it is asked for. */
function createLines({ stdin, stderr }: Terminal): { next(): Promise<string | undefined>; close(): void } {
  const isTerminal = stdin.isTTY === true;
  // On a terminal Node edits the line itself: the system's own line editing cuts it at 4096 characters.
  const reader = createInterface({ input: stdin, ...(isTerminal ? { output: stderr } : {}), terminal: isTerminal });
  const iterator = reader[Symbol.asyncIterator]();
  return {
    async next() {
      const { value, done } = await iterator.next();
      return done === true ? undefined : value;
    },
    close: () => reader.close(),
  };
}
