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

type Connect = (url: URL, accessToken: string) => Promise<ToolClient>;

const bearer = (accessToken: string) => ({ requestInit: { headers: { Authorization: `Bearer ${accessToken}` } } });

function connectV2(versionNegotiation: { mode: 'auto' | { pin: string } }): Connect {
  return async (url, accessToken) => {
    const client = new ClientV2({ name: 'v2', version: '1.0.0' }, { versionNegotiation });
    await client.connect(new TransportV2(url, bearer(accessToken)));
    return client;
  };
}

const connectV1: Connect = async (url, accessToken) => {
  const client = new ClientV1({ name: 'v1', version: '1.0.0' });
  await client.connect(new TransportV1(url, bearer(accessToken)) as never);
  return client as ToolClient;
};

behindEveryAdapter((target) => {
  it.each<[string, Connect]>([
    ['SDK v1', connectV1],
    ['SDK v2 (auto)', connectV2({ mode: 'auto' })],
    ['SDK v2 (2026-07-28)', connectV2({ mode: { pin: '2026-07-28' } })],
  ])('serves the client of %s: tools are listed and called, one is refused for lack of scope', async (_, connect) => {
    const { a, mcp } = target.server;
    const client = await connect(new URL(a.resource), await target.sign());
    try {
      const { tools } = await client.listTools();
      expect(tools.map(({ name }) => name)).toEqual(['read_file', 'delete_file', 'watch']);
      expect(JSON.stringify(await client.callTool({ name: 'read_file', arguments: {} }))).toContain('files:read');
      const ran = mcp.ran.length;
      await target.holds(async () => {
        const refused: unknown = await client.callTool({ name: 'delete_file', arguments: {} }).catch((error) => error);
        expect(refused).toBeInstanceOf(Error);
        expect(statusOf(refused)).toBe(403);
        expect(mcp.ran.length).toBe(ran);
      }, 'toolScopes');
    } finally {
      await client.close();
    }
  });
});

/** Where the SDKs tell the status of an answer that they did not take. */
function statusOf(error: unknown): unknown {
  const { code, status, data } = error as { code?: unknown; status?: unknown; data?: { status?: unknown } };
  return data?.status ?? status ?? code;
}
