import { type Grant, OAuthClientError } from '@portcullis/client';
import { terminalText } from '../terminal-text.js';
import type { SignInOptions } from './client-options.js';
import { loginCommand } from './login-command.js';

/** A grant that asks nobody, and says which command does (`--no-sign-in`). */
export function noSignIn(url: string, options: SignInOptions): Grant {
  return {
    kind: 'authorization_code',
    async obtain({ demandedScopes }) {
      if (demandedScopes.length > 0) {
        const scopes = terminalText(demandedScopes.join(' '));
        throw new OAuthClientError(
          'scope_missing',
          `This needs a scope that the sign-in does not have: ${scopes}. Get it with: ${loginCommand(url, options, demandedScopes)}`,
        );
      }
      throw new OAuthClientError(
        'sign_in_required',
        `Somebody has to sign in, and --no-sign-in is set. Sign in with: ${loginCommand(url, options, options.scope)}`,
      );
    },
  };
}
