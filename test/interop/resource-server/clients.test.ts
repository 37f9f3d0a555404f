import { Client as ClientV2, StreamableHTTPClientTransport as TransportV2 } from '@modelcontextprotocol/client';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { expect, it } from 'vitest';
import { behindEveryAdapter } from './target.js';

/** What the tests do with a client, whichever SDK it is of. */
interface ToolClient {
  listTools(): Promise<{ tools: { name: string }[] }>;
  callTool(call: { name: string; arguments: Record<string, unknown> }): Promise<unknown>;
  close(): Promise<void>;
}

/** `onStatus` hears the status of every answer. */
type Connect = (url: URL, accessToken: string, onStatus: (status: number) => void) => Promise<ToolClient>;

const options = (accessToken: string, onStatus: (status: number) => void) => ({
  requestInit: { headers: { Authorization: `Bearer ${accessToken}` } },
  fetch: async (url: string | URL, init?: RequestInit): Promise<Response> => {
    const response = await fetch(url, init);
    onStatus(response.status);
    return response;
  },
});

function connectV2(versionNegotiation: { mode: 'auto' | { pin: string } }): Connect {
  return async (url, accessToken, onStatus) => {
    const client = new ClientV2({ name: 'v2', version: '1.0.0' }, { versionNegotiation });
    await client.connect(new TransportV2(url, options(accessToken, onStatus)));
    return client;
  };
}

const connectV1: Connect = async (url, accessToken, onStatus) => {
  const client = new ClientV1({ name: 'v1', version: '1.0.0' });
  await client.connect(new TransportV1(url, options(accessToken, onStatus)) as never);
  return client as ToolClient;
};

behindEveryAdapter((target) => {
  it.each<[string, Connect]>([
    ['SDK v1', connectV1],
    ['SDK v2 (auto)', connectV2({ mode: 'auto' })],
    ['SDK v2 (2026-07-28)', connectV2({ mode: { pin: '2026-07-28' } })],
  ])('serves the client of %s: tools are listed and called, one is refused for lack of scope', async (_, connect) => {
    const { a, mcp } = target.server;
    const statuses: number[] = [];
    const client = await connect(new URL(a.resource), await target.sign(), (status) => statuses.push(status));
    try {
      const { tools } = await client.listTools();
      expect(tools.map(({ name }) => name)).toEqual(['read_file', 'delete_file', 'watch']);
      expect(JSON.stringify(await client.callTool({ name: 'read_file', arguments: {} }))).toContain('files:read');
      const ran = mcp.ran.length;
      await target.holds(async () => {
        await expect(client.callTool({ name: 'delete_file', arguments: {} })).rejects.toThrow();
        expect([statuses.at(-1), mcp.ran.length]).toEqual([403, ran]);
      }, 'toolScopes');
    } finally {
      await client.close();
    }
  });
});
