import type { FetchLike } from '@portcullis/client';

/** A client of an official SDK that knows nothing of OAuth: its `fetch` does. */
export interface FetchClient {
  /** The text of the result. */
  callTool(name: string, args?: Record<string, unknown>): Promise<string>;
  close(): Promise<void>;
}

/** Connects to the MCP server at `url`. */
export type ConnectByFetch = (url: string, fetch: FetchLike) => Promise<FetchClient>;

/** What the SDKs have in common. */
interface AnyClient {
  callTool(call: { name: string; arguments: Record<string, unknown> }): Promise<unknown>;
  close(): Promise<void>;
}

function toFetchClient(client: AnyClient): FetchClient {
  return {
    async callTool(name, args = {}) {
      const { content, isError } = (await client.callTool({ name, arguments: args })) as {
        content: { text: string }[];
        isError?: boolean;
      };
      const text = content.map((part) => part.text).join('');
      if (isError === true) throw new Error(`The tool failed: ${text}`);
      return text;
    },
    close: () => client.close(),
  };
}

/** With the official SDK v1. */
export const connectSdkV1: ConnectByFetch = async (url, fetch) => {
  const { Client } = await import('@modelcontextprotocol/sdk/client/index.js');
  const { StreamableHTTPClientTransport } = await import('@modelcontextprotocol/sdk/client/streamableHttp.js');
  const client = new Client({ name: 'v1', version: '1.0.0' });
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { fetch }) as never);
  return toFetchClient(client);
};

/** With the official SDK v2. */
export const connectSdkV2: ConnectByFetch = async (url, fetch) => {
  const { Client, StreamableHTTPClientTransport } = await import('@modelcontextprotocol/client');
  const client = new Client({ name: 'v2', version: '1.0.0' });
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { fetch }));
  return toFetchClient(client);
};
