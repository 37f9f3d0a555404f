import type { BrowserContext } from 'playwright-core';
import { authorize, type Person } from './browser.js';
import type { Callback } from './callback.js';
import { authorizeByForms, FormBrowser, type FormPerson } from './form-browser.js';
import { MemoryOAuthProvider } from './memory-provider.js';

/** One connected client, whichever SDK it is. */
export interface ConnectedClient {
  readonly protocolVersion: string;
  readonly provider: MemoryOAuthProvider;
  listTools(): Promise<string[]>;
  /** The text of the result. `onProgress` hears each notification as it arrives. */
  callTool(name: string, args?: Record<string, unknown>, onProgress?: (progress: number) => void): Promise<string>;
  close(): Promise<void>;
}

/** A kind of client: an SDK and the revision it is asked to speak. */
export interface ClientKind {
  readonly name: string;
  readonly revision: string;
  connect(url: URL, provider: MemoryOAuthProvider, finish: FinishSignIn): Promise<ConnectedClient>;
}

/** Takes the person through the browser and answers the query of the authorization response. */
export type FinishSignIn = (authorizationUrl: URL) => Promise<URLSearchParams>;

/** The parts that the SDKs have in common, structurally. */
interface AnyTransport {
  finishAuth(query: never, issuer?: string): Promise<void>;
}

function textOf(result: unknown): string {
  const { content, isError } = result as { content?: { type: string; text?: string }[]; isError?: boolean };
  const text = (content ?? []).map((part) => part.text ?? '').join('');
  if (isError) throw new Error(`The tool failed: ${text}`);
  return text;
}

/**
 * Connects as an application does: try, be told to sign in, let the person do so, redeem the code, connect again on a
 * new transport.
 */
async function connectWithSignIn<Transport extends AnyTransport>(
  newTransport: () => Transport,
  connect: (transport: Transport) => Promise<void>,
  isUnauthorized: (error: unknown) => boolean,
  provider: MemoryOAuthProvider,
  finish: FinishSignIn,
  redeem: (transport: Transport, query: URLSearchParams) => Promise<void>,
): Promise<void> {
  const first = newTransport();
  try {
    await connect(first);
    return;
  } catch (error) {
    if (!isUnauthorized(error)) throw error;
  }
  if (provider.authorizationUrl === undefined) throw new Error('The SDK asked nobody to sign in');
  await redeem(first, await finish(provider.authorizationUrl));
  await connect(newTransport());
}

/** The modules of SDK v1 that are used here. Releases differ in types that do not matter to a test. */
interface SdkV1Modules {
  readonly Client: typeof import('@modelcontextprotocol/sdk/client/index.js').Client;
  readonly StreamableHTTPClientTransport: typeof import('@modelcontextprotocol/sdk/client/streamableHttp.js').StreamableHTTPClientTransport;
  readonly UnauthorizedError: typeof import('@modelcontextprotocol/sdk/client/auth.js').UnauthorizedError;
}

function sdkV1Kind(name: string, revision: string, load: () => Promise<SdkV1Modules>): ClientKind {
  return {
    name,
    revision,
    async connect(url, provider, finish) {
      const { Client, StreamableHTTPClientTransport, UnauthorizedError } = await load();
      let client = new Client({ name, version: '1.0.0' });
      let protocolVersion = '';
      await connectWithSignIn(
        () => new StreamableHTTPClientTransport(url, { authProvider: provider as never }),
        async (transport) => {
          client = new Client({ name, version: '1.0.0' });
          await client.connect(transport as never);
          protocolVersion = transport.protocolVersion ?? '';
        },
        (error) => error instanceof UnauthorizedError,
        provider,
        finish,
        (transport, query) => transport.finishAuth(query.get('code') ?? ''),
      );
      return {
        protocolVersion,
        provider,
        listTools: async () => (await client.listTools()).tools.map((tool) => tool.name),
        callTool: async (tool, args, onProgress) =>
          textOf(
            await client.callTool(
              { name: tool, arguments: args ?? {} },
              undefined,
              onProgress ? { onprogress: ({ progress }) => onProgress(progress) } : {},
            ),
          ),
        close: () => client.close(),
      };
    },
  };
}

/** The official SDK v1 (`@modelcontextprotocol/sdk`), newest: revision 2025-11-25. */
export const sdkV1 = sdkV1Kind('SDK v1', '2025-11-25', async () => ({
  ...(await import('@modelcontextprotocol/sdk/client/index.js')),
  ...(await import('@modelcontextprotocol/sdk/client/streamableHttp.js')),
  ...(await import('@modelcontextprotocol/sdk/client/auth.js')),
}));

/** SDK v1 as it was when 2025-06-18 was its newest revision. */
export const sdkV1Of20250618 = sdkV1Kind(
  'SDK v1.22',
  '2025-06-18',
  async () =>
    ({
      ...(await import('mcp-sdk-2025-06-18/client/index.js')),
      ...(await import('mcp-sdk-2025-06-18/client/streamableHttp.js')),
      ...(await import('mcp-sdk-2025-06-18/client/auth.js')),
    }) as unknown as SdkV1Modules,
);

/** The official SDK v2 (`@modelcontextprotocol/client`), asked for one revision. */
export function sdkV2(revision: '2025-06-18' | '2025-11-25' | '2026-07-28', mode: 'pin' | 'auto' = 'pin'): ClientKind {
  return {
    name: mode === 'auto' ? 'SDK v2 (auto)' : 'SDK v2',
    revision,
    async connect(url, provider, finish) {
      const { Client, StreamableHTTPClientTransport, UnauthorizedError } = await import('@modelcontextprotocol/client');
      const options =
        revision === '2026-07-28'
          ? { versionNegotiation: { mode: mode === 'auto' ? ('auto' as const) : { pin: revision } } }
          : mode === 'auto'
            ? { versionNegotiation: { mode: 'auto' as const } }
            : { supportedProtocolVersions: [revision] };
      let client = new Client({ name: 'v2', version: '1.0.0' }, options);
      await connectWithSignIn(
        () => new StreamableHTTPClientTransport(url, { authProvider: provider as never }),
        async (transport) => {
          client = new Client({ name: 'v2', version: '1.0.0' }, options);
          await client.connect(transport);
        },
        (error) => error instanceof UnauthorizedError,
        provider,
        finish,
        (transport, query) => transport.finishAuth(query),
      );
      return {
        protocolVersion: client.getNegotiatedProtocolVersion() ?? '',
        provider,
        listTools: async () => (await client.listTools()).tools.map((tool) => tool.name),
        callTool: async (name, args, onProgress) =>
          textOf(
            await client.callTool(
              { name, arguments: args ?? {} },
              onProgress ? { onprogress: ({ progress }) => onProgress(progress) } : {},
            ),
          ),
        close: () => client.close(),
      };
    },
  };
}

/** The usual way through the browser. */
export function inBrowser(context: BrowserContext, callback: Callback, person: Person): FinishSignIn {
  return (authorizationUrl) => authorize(context, authorizationUrl, person, callback.next());
}

/** The same way by the forms of the pages alone, where the pages are not what is judged. */
export function byForms(person: FormPerson): FinishSignIn {
  return async (authorizationUrl) =>
    (await authorizeByForms(new FormBrowser(authorizationUrl.origin), authorizationUrl, person)).searchParams;
}

/** Where {@link byForms} ends: nobody listens there. */
export const FORMS_REDIRECT_URI = 'http://127.0.0.1:9/callback';

/** A client that has signed in by the forms and is connected. */
export async function connectClient(kind: ClientKind, url: string, person: FormPerson): Promise<ConnectedClient> {
  const provider = new MemoryOAuthProvider(FORMS_REDIRECT_URI, kind.name);
  return kind.connect(new URL(url), provider, byForms(person));
}
