import { PROGRAM_NAME } from '../program-name.js';
import { shellWord } from '../shell-word.js';
import { terminalText } from '../terminal-text.js';
import type { SignInOptions } from './client-options.js';

/** Longest part of a command that is printed whole. */
const MAX_LENGTH = 8192;

/**
 * The command that signs in to a server as `options` say, to be copied into a shell as it is: with what says who the client
 * is, since another client's tokens are not taken for its own, and with the scopes it is to ask for beside.
 */
export function loginCommand(url: string, options: SignInOptions, scopes: readonly string[] = []): string {
  return clientCommand('login', url, options, scopes);
}

/** The same for any command that takes these options. */
export function clientCommand(
  name: string,
  url: string,
  options: SignInOptions,
  scopes: readonly string[] = [],
): string {
  const { profile, clientId, clientSecretFile, clientCredentials, issuer, clientMetadataUrl, push, dpop } = options;
  const flags = [
    ['--profile', profile],
    ['--client-id', clientId],
    ['--client-secret-file', clientSecretFile],
    ['--issuer', issuer],
    ['--client-metadata-url', clientMetadataUrl],
    ...scopes.map((scope) => ['--scope', scope] as const),
  ] as const;
  const words = flags.flatMap(([flag, value]) => (value === undefined ? [] : [`${flag} ${printable(value)}`]));
  const machine = clientCredentials === true ? ['--client-credentials'] : [];
  const ways = name === 'login' ? [push === true ? '--push' : '', dpop === true ? '--dpop' : ''] : [];
  const given = ways.filter((flag) => flag !== '');
  return [PROGRAM_NAME, name, printable(url), ...words, ...machine, ...given].join(' ');
}

function printable(text: string): string {
  return shellWord(terminalText(text, MAX_LENGTH));
}
