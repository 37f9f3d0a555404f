import type { BrowserUser, SignInService } from '@portcullis/ports';
import { ConfigurationError } from '../configuration-error.js';

/**
 * The sign-in of a host, with what it answers held against its shape: a host in JavaScript has no compiler that would, and what is
 * missing would be found out later, by an error that says nothing of where. Does not judge whom it names, nor the time.
 */
export function createCheckedSignIn(signIn: SignInService): SignInService {
  return {
    async find(request) {
      const found: unknown = await signIn.find(request);
      return found === undefined ? undefined : checkFound(found);
    },
    async begin(request, wanted, context) {
      const answer: unknown = await signIn.begin(request, wanted, context);
      return isResponse(answer) ? answer : fail('signIn.begin returned no Response');
    },
    async end(request, context) {
      const cookies: unknown = await signIn.end(request, context);
      return isListOfTexts(cookies) ? cookies : fail('signIn.end returned no list of Set-Cookie values');
    },
  };
}

function checkFound(found: unknown): BrowserUser {
  if (typeof found !== 'object' || found === null) {
    return fail('signIn.find returned neither a user nor undefined, which is nobody');
  }
  if (!('subject' in found) || typeof found.subject !== 'string') return fail('signIn.find returned no subject');
  const { username } = found as Partial<BrowserUser>;
  if (username !== undefined && typeof username !== 'string') fail('signIn.find returned a username that is no text');
  return found as BrowserUser;
}

/** By what a host needs of one: runtimes and frameworks have classes of their own for it. */
function isResponse(answer: unknown): answer is Response {
  if (typeof answer !== 'object' || answer === null) return false;
  const { arrayBuffer, headers } = answer as Partial<Response>;
  return typeof arrayBuffer === 'function' && typeof headers === 'object';
}

function isListOfTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

function fail(message: string): never {
  throw new ConfigurationError(message);
}
