import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { McpServer as McpServerV1 } from '@modelcontextprotocol/sdk/server/mcp.js';
import { createMcpHandler, McpServer as McpServerV2 } from '@modelcontextprotocol/server';
import { describe, expect, it } from 'vitest';
import type { Caller } from '../caller.js';
import { guardTools } from './guard-tools.js';
import { type RefusalDetails, recordRefusalsOf } from './refusal-trail.js';
import { requirePermission } from './require-permission.js';
import { requireScopes } from './require-scopes.js';
import { authInfoOf, callerWith, RESOURCE } from './testing/test-callers.js';

const info = { name: 'files', version: '1.0.0' };
const done = () => ({ content: [{ type: 'text' as const, text: 'done' }] });
const read = (uri: URL) => ({ contents: [{ uri: uri.href, text: 'x' }] });
const prompt = () => ({ messages: [] });

/** What a guard keeps of tools, as it does: saying the same again is fine, saying something else is not. */
function declarations(declared: Record<string, readonly string[]> = {}) {
  return {
    declared,
    tools: {
      declare(name: string, scopes: readonly string[]): void {
        const known = declared[name];
        if (known !== undefined && known.join(' ') !== scopes.join(' ')) throw new TypeError(`Tool "${name}" differs`);
        declared[name] = scopes;
      },
    },
  };
}

function register(server: McpServerV1 | McpServerV2): void {
  const typed = server as McpServerV2;
  typed.registerTool('read_file', {}, requireScopes('files:read')(done));
  typed.registerTool('move_file', {}, requireScopes('files:read')(requireScopes('mail:send')(done)));
  typed.registerTool('version', {}, done);
  typed.registerResource('one', 'files://one', {}, requireScopes('files:read')(read));
  typed.registerPrompt('summary', {}, requireScopes('files:read')(prompt));
}

describe.each([
  ['SDK v1', () => new McpServerV1(info)],
  ['SDK v2', () => new McpServerV2(info)],
])('guardTools with %s', (_name, create: () => McpServerV1 | McpServerV2) => {
  it('RS-11 lets the guard know the scopes of every tool before a server is asked for', () => {
    const resource = declarations();
    const build = guardTools(resource, create, register);
    const expected = { read_file: ['files:read'], move_file: ['files:read', 'mail:send'], version: [] };
    expect(resource.declared).toEqual(expected);
    build();
    build({ any: 'context' });
    expect(resource.declared).toEqual(expected);
  });

  it('refuses a tool that the guard was told otherwise of', () => {
    expect(() => guardTools(declarations({ read_file: ['files:write'] }), create, register)).toThrow('differs');
    expect(() => guardTools(declarations({ version: ['files:read'] }), create, register)).toThrow('differs');
  });

  it('refuses a tool with scopes that comes up only once requests are served', () => {
    const build = guardTools<McpServerV1 | McpServerV2, 'admin'>(declarations(), create, (server, context) => {
      if (context === 'admin') (server as McpServerV2).registerTool('purge', {}, requireScopes('admin')(done));
    });
    build();
    expect(() => build('admin')).toThrow('The tool "purge" needs scopes, and was not registered when guardTools ran');
    const server = build() as McpServerV2;
    expect(() => server.registerTool('late', {}, requireScopes('admin')(done))).toThrow('The tool "late"');
    expect(() => server.registerTool('open', {}, done)).not.toThrow();
  });

  it('refuses to register later than at once', () => {
    const later = async (server: McpServerV1 | McpServerV2): Promise<void> => {
      await Promise.resolve();
      register(server);
    };
    expect(() => guardTools(declarations(), create, later)).toThrow('registered at once');
  });
});

it('names the tool in the trail', async () => {
  const details: RefusalDetails[] = [];
  const caller = callerWith({ scopes: ['files:read'] });
  recordRefusalsOf(caller, (one) => details.push(one));
  const server = guardTools(
    declarations(),
    () => new McpServerV1(info),
    (made) => made.registerTool('purge', {}, requirePermission('admin')(requireScopes('files:read')(done))),
  )();
  const [client, transport] = InMemoryTransport.createLinkedPair();
  await server.connect(transport);
  const answered = new Promise((resolve) => {
    client.onmessage = resolve;
  });
  await client.start();
  const call = { jsonrpc: '2.0' as const, id: 1, method: 'tools/call', params: { name: 'purge' } };
  await client.send(call, { authInfo: authInfoOf(caller) });
  expect(await answered).toMatchObject({ result: { isError: true } });
  expect(details).toEqual([expect.objectContaining({ reason: 'permission_denied', target: 'purge' })]);
  await client.close();
});

it('hears of tools that are registered with the older methods of SDK v1', () => {
  const resource = declarations();
  guardTools(
    resource,
    () => new McpServerV1(info),
    (server) => server.tool('delete_file', 'Deletes', requireScopes('files:write')(done)),
  );
  expect(resource.declared).toEqual({ delete_file: ['files:write'] });
});

describe('SDK v2 behind a guard that reads no bodies', () => {
  const handler = createMcpHandler(guardTools(declarations(), () => new McpServerV2(info), register));
  const revision = '2026-07-28';

  function ask(method: string, params: Record<string, unknown>, caller: Caller, era: 'modern' | 'legacy') {
    const _meta = {
      'io.modelcontextprotocol/protocolVersion': revision,
      'io.modelcontextprotocol/clientInfo': info,
      'io.modelcontextprotocol/clientCapabilities': {},
    };
    const target = String(params['name'] ?? params['uri']);
    const request = new Request(RESOURCE.resource, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...(era === 'modern'
          ? { 'mcp-protocol-version': revision, 'mcp-method': method, 'mcp-name': target }
          : { 'mcp-protocol-version': '2025-06-18' }),
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: era === 'modern' ? { ...params, _meta } : params }),
    });
    return handler.fetch(request, { authInfo: authInfoOf(caller) });
  }

  it.each([
    ['tools/call', { name: 'read_file', arguments: {} }],
    ['resources/read', { uri: 'files://one' }],
    ['prompts/get', { name: 'summary' }],
  ])('RS-11 answers %s with HTTP 403 and a challenge, and lets in by what scopes imply', async (method, params) => {
    for (const era of ['modern', 'legacy'] as const) {
      const refused = await ask(method, params, callerWith(), era);
      expect(refused.status).toBe(403);
      const challenge = refused.headers.get('www-authenticate');
      expect(challenge).toContain('error="insufficient_scope"');
      expect(challenge).toContain('scope="files:read"');
      expect(challenge).toContain(`resource_metadata="${RESOURCE.metadataUrl}"`);
      const allowed = await ask(method, params, callerWith({ scopes: ['files'] }), era);
      expect(allowed.status).toBe(200);
      expect(await allowed.text()).toContain('"result"');
    }
  });

  it('RS-11 names all that is needed, and to older clients what the token has, never offline_access', async () => {
    const caller = callerWith({ scopes: ['calendar', 'offline_access', 'not"a scope'] });
    const modern = await ask('tools/call', { name: 'move_file', arguments: {} }, caller, 'modern');
    expect(modern.headers.get('www-authenticate')).toContain('scope="files:read mail:send"');
    const legacy = await ask('tools/call', { name: 'move_file', arguments: {} }, caller, 'legacy');
    expect(legacy.status).toBe(403);
    expect(legacy.headers.get('www-authenticate')).toContain('scope="files:read mail:send calendar"');
  });

  it("leaves a challenge of the author's own in place", async () => {
    const own = createMcpHandler(
      guardTools(
        declarations(),
        () => new McpServerV2(info),
        (server) => {
          const scopeChallenge = () => ({ scopes: ['own'] as const });
          server.registerTool('x', { scopeChallenge }, requireScopes('files:read')(done));
        },
      ),
    );
    for (const [scopes, challenged] of [
      [[], 'files:read'],
      [['files:read'], 'own'],
    ] as const) {
      const body = JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: { name: 'x', arguments: {} },
      });
      const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
      const request = new Request(RESOURCE.resource, { method: 'POST', headers, body });
      const answer = await own.fetch(request, { authInfo: authInfoOf(callerWith({ scopes })) });
      expect(answer.headers.get('www-authenticate')).toContain(challenged);
    }
  });
});
