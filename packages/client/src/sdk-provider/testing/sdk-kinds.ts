import {
  Client as ClientV2,
  type OAuthClientProvider as OAuthClientProviderV2,
  StreamableHTTPClientTransport as TransportV2,
  UnauthorizedError as UnauthorizedErrorV2,
} from '@modelcontextprotocol/client';
import type { OAuthClientProvider as OAuthClientProviderV1 } from '@modelcontextprotocol/sdk/client/auth.js';
import { UnauthorizedError as UnauthorizedErrorV1 } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { FetchLike } from '../../http/fetch-transport.js';
import type { OAuthProvider } from '../oauth-provider.js';
import type { FinishableTransport } from '../sdk-shapes.js';

/** A client of an SDK that is connected, or could not connect. */
export interface SdkClient {
  readonly transport: FinishableTransport;
  /** Undefined where it is connected. */
  readonly error: unknown;
  call(tool: string): Promise<unknown>;
  close(): Promise<void>;
}

/** An SDK, as an application uses it. */
export interface SdkKind {
  readonly name: string;
  /** A transport that nobody has used. */
  newTransport(serverUrl: string, provider: OAuthProvider, fetch: FetchLike): FinishableTransport;
  connect(serverUrl: string, provider: OAuthProvider, fetch: FetchLike): Promise<SdkClient>;
  isUnauthorized(error: unknown): boolean;
}

function transportV1(serverUrl: string, provider: OAuthProvider, fetch: FetchLike): TransportV1 {
  const authProvider = provider satisfies OAuthClientProviderV1;
  return new TransportV1(new URL(serverUrl), { authProvider, fetch });
}

function transportV2(serverUrl: string, provider: OAuthProvider, fetch: FetchLike): TransportV2 {
  const authProvider = provider satisfies OAuthClientProviderV2;
  return new TransportV2(new URL(serverUrl), { authProvider, fetch });
}

const sdkV1: SdkKind = {
  name: 'SDK v1',
  newTransport: transportV1,
  async connect(serverUrl, provider, fetch) {
    const transport = transportV1(serverUrl, provider, fetch);
    const client = new ClientV1({ name: 'v1', version: '1' });
    // Its types were not made for exactOptionalPropertyTypes.
    const error = await client.connect(transport as never).catch((failure: unknown) => failure);
    return {
      transport,
      error,
      call: (name) => client.callTool({ name, arguments: {} }),
      close: () => client.close(),
    };
  },
  isUnauthorized: (error) => error instanceof UnauthorizedErrorV1,
};

const sdkV2: SdkKind = {
  name: 'SDK v2',
  newTransport: transportV2,
  async connect(serverUrl, provider, fetch) {
    const transport = transportV2(serverUrl, provider, fetch);
    const client = new ClientV2({ name: 'v2', version: '1' });
    const error = await client.connect(transport).catch((failure: unknown) => failure);
    return {
      transport,
      error,
      call: (name) => client.callTool({ name, arguments: {} }),
      close: () => client.close(),
    };
  },
  isUnauthorized: (error) => error instanceof UnauthorizedErrorV2,
};

/** Both official SDKs. */
export const SDKS: readonly SdkKind[] = [sdkV1, sdkV2];
