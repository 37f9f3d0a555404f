import { parseUrl } from '@portcullis/protocol';
import type { SignIn } from '../sign-in/sign-in.js';
import { type LoopbackCallback, openLoopbackCallback } from './loopback-callback.js';
import { type OpenBrowserOptions, openBrowser } from './open-browser.js';

/** How a person at this computer signs in. */
export interface BrowserSignInOptions {
  /** The port the browser comes back to. @defaultValue one that was used before, else any free one */
  readonly port?: number;
  /** The name it comes back to. @defaultValue "127.0.0.1" */
  readonly host?: '127.0.0.1' | 'localhost';
  /** @defaultValue "/callback" */
  readonly path?: string;
  /** How long a person is waited for. @defaultValue 300 */
  readonly timeoutSeconds?: number;
  readonly browser?: OpenBrowserOptions;
  /** Told the address too: where no browser opens, a person can. */
  onUrl?(url: URL, wasOpened: boolean): void;
  /** Told where the program that was started for it has failed. The person is still waited for: they can open the address. */
  onBrowserFailed?(): void;
}

const TIMEOUT_SECONDS = 300;

/** A sign-in in the browser of this computer, which comes back to a loopback address (RFC 8252 §7.3). */
export function browserSignIn(options: BrowserSignInOptions = {}): SignIn {
  const { host = '127.0.0.1', path = '/callback', timeoutSeconds = TIMEOUT_SECONDS } = options;
  return {
    async begin(known) {
      const ports = options.port === undefined ? [...portsOf(known, host, path), 0] : [options.port];
      const timeoutMilliseconds = timeoutSeconds * 1000;
      const callback: LoopbackCallback = await openLoopbackCallback({ ports, host, path, timeoutMilliseconds });
      return {
        redirectUri: callback.redirectUri,
        async run(url, receive) {
          const waited = callback.wait(receive);
          // Whoever opens it fails before anybody waits for the other.
          let isWaiting = true;
          const ended = waited.finally(() => {
            isWaiting = false;
          });
          ended.catch(() => undefined);
          const wasOpened = await openBrowser(url, {
            ...options.browser,
            onFailed() {
              options.browser?.onFailed?.();
              if (isWaiting) options.onBrowserFailed?.();
            },
          });
          options.onUrl?.(url, wasOpened);
          await ended;
        },
        end: () => callback.close(),
      };
    },
  };
}

/** Of redirect URIs that are registered and could be ours: one of them spares a registration. */
function portsOf(known: readonly string[], host: string, path: string): readonly number[] {
  return known.flatMap((text) => {
    const url = parseUrl(text);
    if (url === undefined) return [];
    const { protocol, hostname, port, pathname } = url;
    const isOurs = protocol === 'http:' && hostname === host && pathname === path && port !== '';
    return isOurs ? [Number(port)] : [];
  });
}
