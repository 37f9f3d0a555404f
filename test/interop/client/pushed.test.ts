import { randomBytes } from 'node:crypto';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { createOAuthProvider } from '@portcullis/client';
import { browserSignIn, createGuardedTransport } from '@portcullis/client/node';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { connectSdkV1 } from '../../support/fetch-clients.js';
import { type FormsOpener, startFormsOpener } from '../../support/forms-opener.js';
import { ALICE } from '../../support/own-server.js';
import { guardDpop, READ } from '../../support/token-guards.js';
import { type JudgingServer, type OracleSetup, startOidcProvider, startOurs } from './judging-server.js';
import { startClientProgram } from './program.js';

// The client at servers that take no authorization request but a pushed one (RFC 9126).

const required = (guard?: OracleSetup['guard']): OracleSetup => ({
  features: {
    pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: true },
    dPoP: { enabled: true, nonceSecret: randomBytes(32), requireNonce: () => true },
  },
  ...(guard === undefined ? {} : { guard }),
});

const ours = (guard?: OracleSetup['guard']): Promise<JudgingServer> =>
  startOurs([], {
    options: {
      pushedAuthorizationRequests: 'required',
      dpop: { requireNonce: true, nonceSecret: new Uint8Array(randomBytes(32)) },
    },
    ...(guard === undefined ? {} : { guard }),
  });

describe.each([
  ['oidc-provider', (guard?: OracleSetup['guard']) => startOidcProvider(required(guard))],
  ['our own server', ours],
] as const)('a server that takes pushed requests alone: %s', (_name, start) => {
  let judge: JudgingServer;
  let bound: JudgingServer;
  const openers: FormsOpener[] = [];

  beforeAll(async () => {
    [judge, bound] = await Promise.all([start(), start(guardDpop)]);
  });

  afterEach(async () => {
    expect(openers.flatMap(({ failures }) => failures)).toEqual([]);
    expect([...judge.faults(), ...bound.faults()]).toEqual([]);
    await Promise.all(openers.splice(0).map((opener) => opener.close()));
  });

  afterAll(() => Promise.all([judge?.close(), bound?.close()]));

  async function open(at: JudgingServer): Promise<FormsOpener> {
    expect(at.metadata['require_pushed_authorization_requests']).toBe(true);
    const opener = await startFormsOpener(at.origin, ALICE);
    openers.push(opener);
    return opener;
  }

  /** What the browser was shown of the only request. */
  const shown = ({ opened }: FormsOpener): string[] => opened.map((url) => [...url.searchParams.keys()].join(' '));

  it('lets the fetch in', async () => {
    const opener = await open(judge);
    const mcp = await connectSdkV1(judge.url, startClientProgram(judge.url, opener).fetch);
    expect(JSON.parse(await mcp.callTool('who'))).toMatchObject({ scopes: expect.arrayContaining([READ]) });
    expect(shown(opener)).toEqual(['client_id request_uri']);
    await mcp.close();
  });

  it('lets the fetch in with a key, and binds the tokens to it', async () => {
    const opener = await open(bound);
    const program = startClientProgram(bound.url, opener);
    const mcp = await connectSdkV1(bound.url, program.fetch);
    expect(JSON.parse(await mcp.callTool('who'))).toMatchObject({ scopes: expect.arrayContaining([READ]) });
    expect((await program.tokens()).tokenType).toBe('DPoP');
    expect(shown(opener)).toEqual(['client_id request_uri']);
    await mcp.close();
  });

  it("lets in the SDK's own flow", async () => {
    const opener = await open(judge);
    const provider = createOAuthProvider({
      serverUrl: judge.url,
      signIn: browserSignIn({ browser: { start: opener.start }, timeoutSeconds: 20 }),
      transport: createGuardedTransport({ serverUrl: judge.url }),
    });
    const connect = () => {
      const transport = new StreamableHTTPClientTransport(new URL(judge.url), {
        authProvider: provider,
        fetch: provider.fetch,
      });
      const client = new Client({ name: 'pushing', version: '1.0.0' });
      return { transport, client, connected: client.connect(transport) };
    };
    const first = connect();
    await expect(first.connected).rejects.toMatchObject({ name: 'UnauthorizedError' });
    await provider.finishAuth(first.transport);
    const second = connect();
    await second.connected;
    expect((await second.client.listTools()).tools).not.toEqual([]);
    expect(shown(opener)).toEqual(['client_id request_uri']);
    await second.client.close();
  });
});
