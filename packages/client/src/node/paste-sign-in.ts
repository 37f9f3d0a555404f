import { parseUrl } from '@portcullis/protocol';
import { OAuthClientError } from '../oauth-client-error.js';
import type { SignIn } from '../sign-in/sign-in.js';

/** How a person signs in with a browser elsewhere. */
export interface PasteSignInOptions {
  /** The port in the address that the browser ends at. Nobody listens there. @defaultValue 49391 */
  readonly port?: number;
  /** @defaultValue "127.0.0.1" */
  readonly host?: '127.0.0.1' | 'localhost';
  /** @defaultValue "/callback" */
  readonly path?: string;
  /** How long a person is waited for. @defaultValue 300 */
  readonly timeoutSeconds?: number;
  /** Shows the address to open, and what to do at its end. */
  onUrl(url: URL, redirectUri: string): void;
  /** The next line that the person enters; undefined where nothing more comes. */
  ask(signal: AbortSignal): Promise<string | undefined>;
  /** Told when a line was no address of this sign-in; the person is asked again. */
  onUnusable?(): void;
}

const PORT = 49_391;
const TIMEOUT_SECONDS = 300;
/** Lines that are read. What goes on beyond that is no person. */
const MAX_LINES = 20;
const MAX_LINE_LENGTH = 16 * 1024;

/**
 * A sign-in for a machine without a browser: the person opens the address on another one, whose browser ends at a loopback
 * address where nothing answers, and pastes what stands in its address bar. The code in it is of use to this process alone,
 * which has the verifier (RFC 7636).
 */
export function pasteSignIn(options: PasteSignInOptions): SignIn {
  const { port = PORT, host = '127.0.0.1', path = '/callback', timeoutSeconds = TIMEOUT_SECONDS } = options;
  const redirectUri = `http://${host}:${port}${path}`;
  return {
    begin: async () => ({
      redirectUri,
      async run(url, receive) {
        const signal = AbortSignal.timeout(timeoutSeconds * 1000);
        const tooLate = whenAborted(signal);
        options.onUrl(url, redirectUri);
        for (let lines = 0; lines < MAX_LINES; lines += 1) {
          const line = await Promise.race([options.ask(signal), tooLate]);
          if (line === undefined) break;
          const parameters = readPasted(line, redirectUri);
          if (parameters !== undefined && (await receive(parameters)) !== 'ignored') return;
          options.onUnusable?.();
        }
        throw new OAuthClientError(
          'sign_in_timed_out',
          'The address that the browser ended at was not pasted. Sign in again.',
        );
      },
      end: async () => {},
    }),
  };
}

/** The parameters of an address that starts as the redirect URI does; undefined for anything else. */
function readPasted(line: string, redirectUri: string): URLSearchParams | undefined {
  const text = line.trim();
  const url = text.length > MAX_LINE_LENGTH ? undefined : parseUrl(text);
  if (url === undefined) return undefined;
  const { origin, pathname, searchParams } = url;
  return origin + pathname === redirectUri ? searchParams : undefined;
}

function whenAborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(undefined), { once: true }));
}
