import { type ClientEvent, createSession, type Grant, OAuthClientError, type OAuthSession } from '@portcullis/client';
import {
  createFileStore,
  createGuardedTransport,
  defaultStoreDirectory,
  describeStoreKey,
  findStoreKey,
  type StoreKeySource,
} from '@portcullis/client/node';
import { parseUrl } from '@portcullis/protocol';
import { usageError } from '../program-error.js';
import type { Terminal } from '../terminal.js';
import { terminalText } from '../terminal-text.js';
import { readClientIdentity } from './client-identity.js';
import type { SignInOptions } from './client-options.js';

/** Where tokens are kept, in words for a person. */
export interface StorePlace {
  /** The directory. */
  readonly directory: string;
  /** Where the key that encrypts them comes from. */
  readonly keySource: StoreKeySource;
  /** How they are protected: a sentence. */
  readonly protection: string;
}

/** A session, and where it keeps what it has. */
export interface OpenedSession {
  readonly session: OAuthSession;
  readonly place: StorePlace;
}

/** What a session is opened with, beside the options of the command line. */
export interface SessionParts {
  readonly grant: Grant;
  /** See `SessionOptions`. @defaultValue true */
  readonly legacyFallback?: boolean;
  readonly onEvent?: (event: ClientEvent) => void;
  /** Told once of each record that could not be read, where it was put aside. @defaultValue says so on standard error */
  readonly onDamaged?: (path: string) => void;
}

/** The session of a command: the one place that knows which store and which transport the program uses. */
export async function openSession(
  serverUrl: string,
  options: SignInOptions,
  terminal: Terminal,
  parts: SessionParts,
): Promise<OpenedSession> {
  const { issuer, profile, scope } = options;
  if (issuer !== undefined && parseUrl(issuer) === undefined) throw usageError('--issuer is no URL');
  const client = readClientIdentity(options, terminal);
  const { environment } = terminal;
  const directory = defaultStoreDirectory({ environment });
  const storeKey = await findStoreKey({ directory, environment });
  const told = new Set<string>();
  const tell = parts.onDamaged ?? ((path: string) => void terminal.stderr.write(`${tellDamaged(path)}\n`));
  const onDamaged = (path: string): void => {
    if (!told.has(path)) tell(path);
    told.add(path);
  };
  const session = createSession({
    serverUrl,
    client,
    store: createFileStore({ directory, ...storeKey, onDamaged }),
    transport: createGuardedTransport({ serverUrl }),
    grant: parts.grant,
    ...(profile === undefined ? {} : { profile }),
    ...(options.push === true ? { pushedAuthorizationRequests: 'always' as const } : {}),
    ...(options.dpop === true ? { dpop: 'always' as const } : {}),
    ...(scope === undefined ? {} : { scopes: scope }),
    ...(parts.legacyFallback === undefined ? {} : { legacyFallback: parts.legacyFallback }),
    ...(parts.onEvent === undefined ? {} : { onEvent: parts.onEvent }),
    ...(issuer === undefined ? {} : { chooseAuthorizationServer: only(issuer) }),
  });
  return { session, place: { directory, keySource: storeKey.source, protection: describeStoreKey(storeKey.source) } };
}

/** Chooses that one, and says which option no other one fits. */
function only(issuer: string): (issuers: readonly string[]) => string {
  return (issuers) => {
    if (issuers.includes(issuer)) return issuer;
    throw new OAuthClientError(
      'issuer_changed',
      'The server does not name the authorization server that --issuer names, character by character. Nothing was sent to any other.',
    );
  };
}

function tellDamaged(path: string): string {
  return `What was kept for this server could not be read; it was put aside as ${terminalText(path, 4096)}`;
}
