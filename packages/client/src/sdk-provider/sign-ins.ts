import type { KnownServer } from '../session/known-server.js';
import type { Target } from './discovery-state.js';
import type { OAuthProviderOptions } from './provider-options.js';
import {
  beginRedirect,
  beginTurn,
  type CheckedCode,
  receiveCallback,
  type SignInUnderWay,
  type TurnChoice,
} from './sign-in-turn.js';

/** The sign-ins of a provider. */
export interface SignIns {
  /**
   * Leads the person away, once: of many requests that were refused at once, one opens a browser, and the others wait for the
   * same person.
   *
   * @throws {OAuthClientError} where a sign-in cannot begin
   */
  begin(start: () => Promise<{ readonly target: Target; readonly scopes: readonly string[] }>): Promise<void>;
  /** The code of the response that comes to this process; undefined where none is waited for. @throws {OAuthClientError} */
  wait(): Promise<CheckedCode | undefined>;
  /** The code of a response that the application has received. @throws {OAuthClientError} */
  receive(callback: string | URL | URLSearchParams): Promise<CheckedCode>;
}

/** None is under way at first. */
export function createSignIns(
  choice: TurnChoice,
  knownServer: KnownServer,
  signIn: OAuthProviderOptions['signIn'],
): SignIns {
  let beginning: Promise<SignInUnderWay | undefined> | undefined;
  let underWay: SignInUnderWay | undefined;

  return {
    async begin(start) {
      if (underWay?.hasFailed() === true) beginning = undefined;
      if (beginning !== undefined) return void (await beginning);
      underWay = undefined;
      const mine = start().then(async ({ target, scopes }) => {
        if ('begin' in signIn) return beginTurn(choice, target, scopes, signIn);
        await beginRedirect(choice, target, scopes, signIn);
        return undefined;
      });
      beginning = mine;
      try {
        underWay = await mine;
      } finally {
        // Where it failed to begin, or the response comes elsewhere, the next one begins anew.
        if (underWay === undefined) beginning = undefined;
      }
    },
    async wait() {
      const begun = beginning;
      const mine = await begun;
      try {
        return await mine?.code;
      } finally {
        if (beginning === begun) beginning = undefined;
      }
    },
    receive: (callback) => receiveCallback(choice, knownServer, callback),
  };
}
