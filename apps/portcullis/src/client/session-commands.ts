import { rm } from 'node:fs/promises';
import {
  authorizationCode,
  clientCredentials,
  DEFAULT_PROFILE,
  type Grant,
  OAuthClientError,
} from '@portcullis/client';
import { formatJson } from '../cli/format-json.js';
import { formatFacts, isoTime } from '../cli/format-table.js';
import { ProgramError } from '../program-error.js';
import type { Terminal } from '../terminal.js';
import { terminalText } from '../terminal-text.js';
import type { ServerOptions, SignInOptions } from './client-options.js';
import { signInFacts, viewSignIn } from './describe-tokens.js';
import { loginCommand } from './login-command.js';
import { missingScopes } from './missing-scopes.js';
import { openSession } from './open-session.js';
import { readServerUrl } from './server-url.js';
import { tellEvents } from './tell-events.js';

/** What came of signing out, in words. */
const SIGNED_OUT = {
  was_signed_out: 'Nobody was signed in.',
  revoked: 'Signed out. The authorization server has ended the tokens.',
  not_renewable:
    'Signed out. The authorization server has ended the sign-in. It cannot end an access token: the last one ends by itself.',
  not_revocable: 'Signed out. The authorization server cannot be told: the tokens end by themselves.',
  not_revoked: 'Signed out. The authorization server could not be told: the tokens end by themselves.',
} as const;

const NOBODY = 'nobody is signed in';
const UNREADABLE =
  'It could not be read, so the authorization server was told nothing of it: tokens that were in it end by themselves.';

/**
 * `portcullis status URL`: what is kept. Asks no server.
 *
 * @throws {ProgramError} where nobody is signed in, or the sign-in has ended and is not renewed by itself
 */
export async function showStatus(url: string, options: ServerOptions, terminal: Terminal): Promise<void> {
  const serverUrl = readServerUrl(url);
  const { session, place } = await openSession(url, options, terminal, { grant: noSignIn() });
  const [tokens] = await session.kept();
  const view = viewSignIn(serverUrl, options.profile ?? DEFAULT_PROFILE, tokens, place);
  const text = options.json === true ? formatJson(view) : formatFacts(signInFacts(view, Date.now()));
  terminal.stdout.write(`${text}\n`);
  if (!view.signedIn) throw notSignedIn(url, options, view.issuer === undefined ? NOBODY : 'the sign-in has ended');
}

/** `portcullis logout URL` */
export async function logout(url: string, options: SignInOptions, terminal: Terminal): Promise<void> {
  readServerUrl(url);
  const damaged = new Set<string>();
  const onDamaged = (path: string): void => void damaged.add(path);
  const { session } = await openSession(url, options, terminal, { grant: noSignIn(), onDamaged });
  const outcome = await session.signOut('all');
  for (const path of damaged) {
    // It holds tokens too, as far as anybody can tell.
    await rm(path, { force: true });
    terminal.stderr.write(`What was put aside as ${terminalText(path, 4096)} is deleted. ${UNREADABLE}\n`);
  }
  terminal.stdout.write(options.json === true ? `${formatJson({ outcome })}\n` : `${SIGNED_OUT[outcome]}\n`);
}

/** `portcullis token URL`: the access token, renewed when it is due. @throws {ProgramError} where nobody is signed in, or a scope is missing */
export async function printToken(url: string, options: SignInOptions, terminal: Terminal): Promise<void> {
  readServerUrl(url);
  const isMachine = options.clientCredentials === true;
  const grant = isMachine ? clientCredentials() : noSignIn();
  const tell = tellEvents(terminal);
  const { session } = await openSession(url, options, terminal, {
    grant,
    // Of a machine's own sign-in a script has nothing to learn, unless it is not kept.
    onEvent: (event) => {
      if (!isMachine || event.type === 'not_saved') tell(event);
    },
  });
  let held = await session.current();
  if (isMachine && missingScopes(options, held?.tokens.scopes ?? []).length > 0) held = undefined;
  if (isMachine) held ??= await session.signIn();
  if (held === undefined) throw notSignedIn(url, options);
  const missing = missingScopes(options, held.tokens.scopes);
  if (missing.length > 0) throw withoutScopes(url, options, missing);
  const { accessToken, tokenType, expiresAtEpochSeconds } = held.tokens;
  if (tokenType === 'DPoP') {
    throw new ProgramError('the token is bound to a key of this program, and is of no use to another one');
  }
  const view = {
    accessToken,
    tokenType,
    ...(expiresAtEpochSeconds === undefined ? {} : { expiresAt: isoTime(expiresAtEpochSeconds) }),
  };
  terminal.stdout.write(`${options.json === true ? formatJson(view) : accessToken}\n`);
}

function withoutScopes(url: string, options: SignInOptions, missing: readonly string[]): ProgramError {
  const what = `the token has not been given ${terminalText(missing.join(' '))}`;
  // A machine has just asked for it.
  if (options.clientCredentials === true) return new ProgramError(what);
  return new ProgramError(`${what}; ask for it with: ${loginCommand(url, options, missing)}`);
}

function notSignedIn(url: string, options: SignInOptions, what = NOBODY): ProgramError {
  return new ProgramError(`${what}; sign in with: ${loginCommand(url, options, options.scope)}`);
}

/** Of commands that never ask a person. */
function noSignIn(): Grant {
  return authorizationCode({
    async begin() {
      throw new OAuthClientError('sign_in_required', 'Somebody has to sign in.');
    },
  });
}
