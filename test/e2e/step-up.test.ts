import { auth, UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Gate, RELAXED_LIMITS, startGate } from '../support/gate.js';
import { MemoryOAuthProvider } from '../support/memory-provider.js';
import { NOTES_SERVER } from '../support/paths.js';
import { byForms, connectClient, FORMS_REDIRECT_URI, sdkV1, sdkV2 } from '../support/sdk-clients.js';

// What docs/authorization-server/consent.md says of the official SDKs and step-up, tried.

const FIRST = 'mcp:tools:read mcp:tools:execute';
const ALL = `${FIRST} notes:write`;
const NOTE = { name: 'kept', note: 'x' };

let gate: Gate;
let url: URL;

beforeAll(async () => {
  gate = await startGate({
    config: `
upstreams:
  - command: node
    args: [${JSON.stringify(NOTES_SERVER)}, stdio]
    tools: { add_note: [mcp:tools:execute, notes:write] }
    scopes:
      - { name: "mcp:tools:read", description: See which tools there are }
      - { name: "mcp:tools:execute", description: Use them }
      - { name: "notes:write", description: Change your notes }
    defaultScopes: ["mcp:tools:read", "mcp:tools:execute"]
${RELAXED_LIMITS}`,
  });
  url = new URL(`${gate.origin}/mcp`);
});

afterAll(async () => {
  await gate?.stop();
});

/** Signs in for `scope` as the workaround does it: `auth` itself, with no tokens at hand. */
async function signInFor(provider: MemoryOAuthProvider, scope: string): Promise<void> {
  provider.savedTokens = undefined;
  expect(await auth(provider as never, { serverUrl: url, scope })).toBe('REDIRECT');
  const query = await byForms(gate)(provider.authorizationUrl as URL);
  await auth(provider as never, { serverUrl: url, authorizationCode: query.get('code') ?? '' });
}

async function addNote(provider: MemoryOAuthProvider): Promise<string> {
  const client = new Client({ name: 'v1', version: '1.0.0' });
  await client.connect(new StreamableHTTPClientTransport(url, { authProvider: provider as never }) as never);
  try {
    return JSON.stringify(await client.callTool({ name: 'add_note', arguments: NOTE }));
  } finally {
    await client.close();
  }
}

describe('SDK v1, told that a scope is missing', () => {
  it('refreshes and gives up without asking anybody, and goes on once tokens are dropped', async () => {
    const client = await connectClient(sdkV1, url.href, gate);
    expect(client.provider.savedTokens?.scope).toBe(FIRST);
    client.provider.forgetAuthorizationUrl();
    await expect(client.callTool('add_note', NOTE)).rejects.toThrow('403 after trying upscoping');
    expect(client.provider.authorizationUrl).toBeUndefined();
    await client.close();

    await signInFor(client.provider, ALL);
    expect(client.provider.savedTokens?.scope).toBe(ALL);
    expect(await addNote(client.provider)).toContain('Kept');
  });

  it('is not told where all is asked for at sign-in', async () => {
    const provider = new MemoryOAuthProvider(FORMS_REDIRECT_URI, 'v1');
    await signInFor(provider, ALL);
    expect(await addNote(provider)).toContain('Kept');
  });

  it('asks for what the gate names, whatever its metadata say', async () => {
    const provider = new MemoryOAuthProvider(FORMS_REDIRECT_URI, 'v1');
    const { clientMetadata } = provider;
    Object.defineProperty(provider, 'clientMetadata', { value: { ...clientMetadata, scope: ALL } });
    await expect(addNote(provider)).rejects.toThrow(UnauthorizedError);
    expect(provider.authorizationUrl?.searchParams.get('scope')).toBe(FIRST);
  });
});

describe('SDK v2, told that a scope is missing', () => {
  it('sends the person to the browser for all that is needed', async () => {
    const client = await connectClient(sdkV2('2025-11-25'), url.href, gate);
    const { provider } = client;
    provider.forgetAuthorizationUrl();
    await expect(client.callTool('add_note', NOTE)).rejects.toThrow();
    const asked = provider.authorizationUrl?.searchParams.get('scope')?.split(' ');
    expect(asked).toEqual(expect.arrayContaining(['mcp:tools:execute', 'notes:write']));
    await client.close();
  });
});
