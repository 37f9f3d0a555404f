import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { UpstreamConfig } from '../config/gateway-config.js';
import { checkUpstreams } from './check-upstreams.js';

const base = {
  name: undefined,
  path: '/mcp',
  resource: 'http://127.0.0.1/mcp',
  displayName: '',
  description: undefined,
  dpop: { required: false, requireNonce: false },
};
const policy = { scopes: [], methods: {}, tools: {}, defaultScopes: undefined };

function stdio(command: string): UpstreamConfig {
  return { ...base, policy, kind: 'stdio', command, args: [], env: {}, cwd: undefined };
}

function http(url: string): UpstreamConfig {
  return { ...base, policy, kind: 'http', url, headers: {} };
}

const doubts = async (upstream: UpstreamConfig): Promise<string[]> =>
  (await checkUpstreams([upstream], process.env['PATH'])).map(({ doubt }) => doubt);

describe('checkUpstreams', () => {
  it('finds commands by path and through PATH, and names those it does not find', async () => {
    expect(await doubts(stdio(process.execPath))).toEqual([]);
    expect(await doubts(stdio('sh'))).toEqual([]);
    expect(await doubts(stdio('no-such-command-anywhere'))).toEqual([
      'the command no-such-command-anywhere was not found',
    ]);
    expect(await doubts(stdio('/usr'))).toEqual(['the command /usr was not found']);
  });

  it('tells a port that takes connections from one that does not', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((listening) => server.once('listening', listening));
    const address = server.address();
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/mcp`;
    expect(await doubts(http(url))).toEqual([]);
    await new Promise((closed) => server.close(closed));
    expect(await doubts(http(url))).toEqual([`${new URL(url).origin} takes no connection`]);
  });
});
