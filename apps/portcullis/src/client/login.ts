import { DEFAULT_PROFILE, OAuthClientError, probeServer } from '@portcullis/client';
import { formatJson } from '../cli/format-json.js';
import { formatFacts } from '../cli/format-table.js';
import { ProgramError } from '../program-error.js';
import type { Terminal } from '../terminal.js';
import { terminalText } from '../terminal-text.js';
import { askPerson } from './ask-person.js';
import type { SignInOptions } from './client-options.js';
import { signInFacts, viewSignIn } from './describe-tokens.js';
import { clientCommand } from './login-command.js';
import { missingScopes } from './missing-scopes.js';
import { openSession } from './open-session.js';
import { createServerFetch } from './server-fetch.js';
import { readServerUrl } from './server-url.js';
import { tellEvents } from './tell-events.js';

/**
 * `portcullis login URL`: signs in anew, whatever is held, by what the server asks for. A server that asks for nothing is
 * not taken for one of the revision 2025-03-26, whose endpoints nobody has named.
 */
export async function login(url: string, options: SignInOptions, terminal: Terminal): Promise<void> {
  const serverUrl = readServerUrl(url);
  const person = askPerson(options, terminal);
  const answer = await probeServer(serverUrl, createServerFetch());
  const isChallenged = answer.kind === 'challenged';
  const { session, place } = await openSession(url, options, terminal, {
    grant: person.grant,
    legacyFallback: isChallenged,
    onEvent: tellEvents(terminal),
  });
  // Where they cannot be read, none of them is asked for either.
  const before = (await session.status().catch(() => undefined))?.scopes ?? [];
  try {
    await session.signIn(isChallenged ? answer.challenge : undefined);
  } catch (error) {
    if (!isChallenged && isNothingFound(error)) {
      throw new ProgramError(`${terminalText(serverUrl.href)} asks for no sign-in, and names nowhere to sign in`);
    }
    if (isOfScopes(error) && before.length > 0) {
      const words = 'What was given before is asked for again: to ask for none of it, sign out first with:';
      throw new ProgramError(`${error.message} ${words} ${clientCommand('logout', url, options)}`);
    }
    throw error;
  } finally {
    person.end();
  }
  const view = viewSignIn(serverUrl, options.profile ?? DEFAULT_PROFILE, await session.status(), place);
  const missing = missingScopes(options, view.scopes ?? []);
  if (missing.length > 0) {
    const scopes = terminalText(missing.join(' '));
    terminal.stderr.write(`The authorization server did not give what was asked for with --scope: ${scopes}\n`);
  }
  terminal.stdout.write(
    options.json === true ? `${formatJson(view)}\n` : `Signed in.\n\n${formatFacts(signInFacts(view, Date.now()))}\n`,
  );
}

function isOfScopes(error: unknown): error is OAuthClientError {
  return error instanceof OAuthClientError && error.code === 'authorization_refused' && error.error === 'invalid_scope';
}

function isNothingFound(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'discovery_failed';
}
