import { authorizationCode } from '../../../grants/authorization-code.js';
import type { FetchLike } from '../../../http/fetch-transport.js';
import type { Transport } from '../../../http/transport.js';
import { createSessionFetch } from '../../../oauth-fetch.js';
import type { ClientIdentity } from '../../../registration/client-identity.js';
import { createSession, type OAuthSession } from '../../../session/session.js';
import type { SignIn } from '../../../sign-in/sign-in.js';
import type { ClientStore } from '../../../stores/client-store.js';
import { browserSignIn } from '../../browser-sign-in.js';
import { createFileStore } from '../../file-store.js';
import { createGuardedTransport, type GuardedTransportOptions } from '../../guarded-transport.js';
import type { StartProgram } from '../../open-browser.js';

/** A client, as far as a judge uses one. */
export interface JudgedClient {
  readonly fetch: FetchLike;
  signIn(): Promise<unknown>;
  signOut(): Promise<unknown>;
}

/** What a judge gives a client to work with. Who is given the same once more is the same client, started again. */
export interface ClientSeams {
  readonly serverUrl: string;
  readonly identity: ClientIdentity;
  /** Plays the browser. */
  readonly startProgram: StartProgram;
  /** A sign-in by that browser which needs no port to come back to. */
  readonly callback: SignIn;
  readonly connect: NonNullable<GuardedTransportOptions['connect']>;
  /** Where records may be kept, and the key to keep them with. */
  readonly directory: string;
  readonly key: Uint8Array<ArrayBuffer>;
  /** A store that lasts as long as the scenario, for clients whose store is not what is judged. */
  readonly memory: ClientStore;
  /** What a client without any care reaches addresses with. */
  readonly unguardedFetch: FetchLike;
  readonly now: () => number;
}

/** Starts a client. */
export type ClientFactory = (seams: ClientSeams) => JudgedClient;

/** What a client is put together from. */
export interface ClientParts {
  readonly transport: Transport;
  readonly signIn: SignIn;
  readonly store: ClientStore;
  readonly fetch: FetchLike;
}

/** More than any sign-in of a judge takes. */
const SIGN_IN_SECONDS = 15;

/** The parts that a program on a person's computer has. */
export function shippedParts(seams: ClientSeams): ClientParts {
  const { serverUrl, connect, startProgram: start, directory, key } = seams;
  return {
    transport: createGuardedTransport({ serverUrl, connect }),
    signIn: browserSignIn({ browser: { start }, timeoutSeconds: SIGN_IN_SECONDS }),
    store: createFileStore({ directory, source: 'environment', key }),
    fetch: globalThis.fetch,
  };
}

/** A session and the fetch above it, put together as the library does. */
export function assemble(seams: ClientSeams, parts: ClientParts): JudgedClient & { readonly session: OAuthSession } {
  const { serverUrl, identity: client, now } = seams;
  const { transport, signIn, store, fetch } = parts;
  const session = createSession({ serverUrl, client, now, transport, store, grant: authorizationCode(signIn) });
  return {
    session,
    fetch: createSessionFetch(session, fetch),
    signIn: () => session.signIn(),
    signOut: () => session.signOut(),
  };
}

/** The client as it is shipped. */
export const shippedClient: ClientFactory = (seams) => assemble(seams, shippedParts(seams));
