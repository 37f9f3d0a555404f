import { parseScope } from '@portcullis/protocol/scope';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { collect } from '../cli/collect.js';

/** What the commands of a client are told of the server and of the store. */
export interface ServerOptions {
  readonly profile?: string;
  readonly json?: boolean;
}

/** What they are told of how to sign in. */
export interface SignInOptions extends ServerOptions {
  readonly clientId?: string;
  readonly clientSecretFile?: string;
  readonly clientCredentials?: boolean;
  readonly issuer?: string;
  readonly clientMetadataUrl?: string;
  readonly scope?: readonly string[];
  readonly port?: number;
  readonly host?: '127.0.0.1' | 'localhost';
  readonly device?: boolean;
  readonly paste?: boolean;
  readonly push?: boolean;
  readonly dpop?: boolean;
  readonly openCommand?: string;
  readonly timeout?: number;
  /** False for `--no-sign-in`. */
  readonly signIn?: boolean;
  readonly header?: readonly string[];
  readonly headerFile?: string;
}

/** Words on what they read from the environment. */
export const ENVIRONMENT_HELP = `Environment:
  PORTCULLIS_HOME             where tokens are kept (an absolute path)
  PORTCULLIS_STORE_KEY        32 random bytes (hex or base64url) that encrypt them, where there is no keychain
  PORTCULLIS_STORE_PASSPHRASE a passphrase that does the same
  PORTCULLIS_DEBUG=1          show the stack of an error`;

/** Words on what all of them have that say who this client is. */
export const SIGN_IN_HELP = `The client secret of a client that was registered by hand comes from --client-secret-file or from the variable
PORTCULLIS_CLIENT_SECRET, never from an argument, where the shell's history and the process list would keep it.

${ENVIRONMENT_HELP}`;

/** Adds `--profile`. */
export function addServerOptions(command: Command): Command {
  return command.option(
    '--profile <name>',
    'keeps several accounts at one server apart (default: default)',
    parseProfile,
  );
}

/** Adds what says who this client is, and what it may ask for. */
export function addClientOptions(command: Command): Command {
  return addServerOptions(command)
    .option('--client-id <id>', 'a client that was registered by hand')
    .option('--client-secret-file <file>', 'the file that holds its secret')
    .option('--client-credentials', 'act in the name of that client, without a person')
    .option('--issuer <url>', 'the authorization server to use, and the only one that the secret is sent to')
    .option('--client-metadata-url <url>', 'the client id metadata document of this client (https; see cimd)')
    .option(
      '--scope <name>',
      'also ask for this scope; with --client-credentials for no other (repeatable)',
      collectScope,
    );
}

/** Adds those, and how a person is asked. */
export function addSignInOptions(command: Command, withPaste: boolean): Command {
  addClientOptions(command)
    .option(
      '--port <port>',
      'port that the browser comes back to (default: one that this client was registered with, else a free one)',
      parsePort,
    )
    .addOption(
      new Option('--host <name>', 'name that the browser comes back to (default: 127.0.0.1)').choices([
        '127.0.0.1',
        'localhost',
      ]),
    )
    .option(
      '--device',
      'show a code to enter on another device (most servers want a --client-id that has the device grant)',
    )
    .option(
      '--push',
      'push the request to the authorization server first, also where it does not say that it demands that',
    )
    .option('--dpop', 'have the tokens bound to a key, also where nobody says that they have to be')
    .option('--open-command <command>', 'program that opens the browser; the address is its last argument')
    .option('--timeout <seconds>', 'how long a person is waited for (default: 300)', parseSeconds);
  return withPaste
    ? command.option('--paste', 'sign in on another machine, and paste the address it ends at')
    : command;
}

/** Adds those, and what is for commands that call the server. */
export function addCallOptions(command: Command): Command {
  return addSignInOptions(command, false)
    .option('--no-sign-in', 'fail where somebody would have to sign in')
    .option(
      '--header <header>',
      `send "Name: value" too; "Name: \${VARIABLE}" takes the value from there (repeatable)`,
      collect,
    )
    .option('--header-file <file>', 'send the headers in this file too, one "Name: value" on a line');
}

function parseProfile(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('a profile has a name');
  return text;
}

function collectScope(text: string, before?: readonly string[]): readonly string[] {
  const parsed = parseScope(text);
  if (!parsed.ok) {
    throw new InvalidArgumentError('a scope has printable ASCII characters, and neither " nor \\ (RFC 6749 §3.3)');
  }
  return parsed.value.reduce((all, one) => collect(one, all), before ?? []);
}

function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) throw new InvalidArgumentError('a port is a number from 1 to 65535');
  return port;
}

function parseSeconds(text: string): number {
  const seconds = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (seconds < 1 || seconds > 86_400) throw new InvalidArgumentError('a time is a number of seconds from 1 to 86400');
  return seconds;
}
