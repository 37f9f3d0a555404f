import { Client as ClientV2, StreamableHTTPClientTransport as TransportV2 } from '@modelcontextprotocol/client';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { protectResource } from '@portcullis/resource-server';
import { expressGuard } from '@portcullis/resource-server/express';
import { expect, it } from 'vitest';
import { listenOnLoopback } from '../../support/loopback-host.js';
import { createExpressApplication, mountMcpEndpoint } from '../../support/protected-mcp-server.js';
import { startTestIssuer } from './issuer.js';
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

it('serves the client of SDK v1 from a transport of SDK v1, which takes what the Express guard left', async () => {
  const issuer = await startTestIssuer();
  const host = await listenOnLoopback();
  const resource = protectResource({
    resource: `${host.origin}/mcp`,
    authorizationServers: [issuer.issuer],
    scopes: [{ name: 'all', implies: ['some'] }, 'some'],
    tools: { change: ['all'] },
  });
  const app = createExpressApplication();
  mountMcpEndpoint(app, '/mcp', expressGuard(resource));
  host.serve(app);
  const call = async (scope: string, name: string): Promise<string> => {
    const token = await issuer.sign(resource.resource, { scope });
    const client = await connectV1(new URL(resource.resource), token, () => undefined);
    try {
      return JSON.stringify(await client.callTool({ name, arguments: {} }));
    } finally {
      await client.close();
    }
  };
  try {
    expect(await call('all', 'who')).toContain('[\\"all\\",\\"some\\"]');
    expect(await call('all', 'change')).toContain('changed');
    await expect(call('some', 'change')).rejects.toThrow();
  } finally {
    await host.close();
    await issuer.close();
  }
});
