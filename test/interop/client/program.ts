import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  authorizationCode,
  createOAuthFetch,
  createSession,
  type FetchLike,
  type OAuthSession,
  type SessionOptions,
  type TokenSet,
} from '@portcullis/client';
import { browserSignIn, createFileStore, createGuardedTransport } from '@portcullis/client/node';
import type { FormsOpener } from '../../support/forms-opener.js';

/** A program on a person's computer that uses one MCP server: the client with all of its parts for Node. */
export interface ClientProgram {
  readonly fetch: FetchLike;
  /** The same sign-in in a process of its own, which shares nothing but the store. */
  readonly otherProcess: OAuthSession;
  /** What it was told, by type. */
  readonly events: readonly string[];
  /** What is kept. @throws where nobody is signed in */
  tokens(): Promise<TokenSet>;
  /** Moves the program's clock, and nobody else's. */
  goAhead(seconds: number): void;
}

/** Starts one whose store is empty. The browser that it opens is that of `opener`; without one it has none to open. */
export function startClientProgram(
  serverUrl: string,
  opener: Pick<FormsOpener, 'start'> | undefined,
  differing: Partial<SessionOptions> = {},
): ClientProgram {
  const events: string[] = [];
  let aheadSeconds = 0;
  const options: SessionOptions = {
    serverUrl,
    transport: createGuardedTransport({ serverUrl }),
    grant: authorizationCode(
      browserSignIn({ browser: { start: opener?.start ?? (async () => false) }, timeoutSeconds: 20 }),
    ),
    client: { description: { clientName: 'A client that is judged' } },
    store: createFileStore({
      directory: join(mkdtempSync(join(tmpdir(), 'portcullis-judged-')), 'store'),
      source: 'environment',
      key: Uint8Array.from(randomBytes(32)),
    }),
    now: () => Math.floor(Date.now() / 1000) + aheadSeconds,
    onEvent: ({ type }) => void events.push(type),
    ...differing,
  };
  const otherProcess = createSession({ ...options, onEvent: () => {} });
  return {
    fetch: createOAuthFetch(options),
    otherProcess,
    events,
    async tokens() {
      const tokens = await otherProcess.status();
      if (tokens === undefined) throw new Error('Nobody is signed in');
      return tokens;
    },
    goAhead(seconds) {
      aheadSeconds += seconds;
    },
  };
}
