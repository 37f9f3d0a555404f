import { InMemoryTransport as TransportV1 } from '@modelcontextprotocol/sdk/inMemory.js';
import {
  McpServer as McpServerV1,
  ResourceTemplate as ResourceTemplateV1,
} from '@modelcontextprotocol/sdk/server/mcp.js';
import { CursorSchema, type JSONRPCMessage, ProgressSchema } from '@modelcontextprotocol/sdk/types.js';
import {
  fromJsonSchema,
  McpServer as McpServerV2,
  ResourceTemplate as ResourceTemplateV2,
  InMemoryTransport as TransportV2,
} from '@modelcontextprotocol/server';
import { afterEach, describe, expect, expectTypeOf, it } from 'vitest';
import type { AuthInfo } from '../adapters/auth-info.js';
import type { Caller } from '../caller.js';
import { currentCaller } from './current-caller.js';
import { requirePermission } from './require-permission.js';
import { requireScopes } from './require-scopes.js';
import { requireTenant } from './require-tenant.js';
import { authInfoOf, callerWith } from './testing/test-callers.js';
import { withCaller } from './with-caller.js';

const says = (text: string) => ({ content: [{ type: 'text' as const, text }] });
const contents = (uri: URL, text: string) => ({ contents: [{ uri: uri.href, text }] });
const prompt = (text: string) => ({ messages: [{ role: 'user' as const, content: { type: 'text' as const, text } }] });

/** Holds every call of `wait` until all that are expected have come, so that they are certainly under way together. */
let gate = { expected: 0, open: () => {}, opened: Promise.resolve() };
let atGate = 0;
function expectAtGate(expected: number): void {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  gate = { expected, open, opened };
  atGate = 0;
}
async function tellAfterWaiting(): Promise<ReturnType<typeof says>> {
  const before = currentCaller().subject;
  atGate += 1;
  if (atGate === gate.expected) gate.open();
  await gate.opened;
  return says(`${before} ${currentCaller().subject}`);
}

/** The types of arguments come from the schema, through wrappers of every kind; this file would not compile otherwise. */
function serverV1(): McpServerV1 {
  const server = new McpServerV1({ name: 'files', version: '1.0.0' });
  server.registerTool(
    'delete_file',
    { inputSchema: { path: CursorSchema, progress: ProgressSchema.shape.progress.optional() } },
    requireTenant('acme')(
      requireScopes('files:write')(({ path, progress }, extra) => {
        expectTypeOf(path).toEqualTypeOf<string>();
        expectTypeOf(progress).toEqualTypeOf<number | undefined>();
        expectTypeOf(extra.signal).toEqualTypeOf<AbortSignal>();
        return says(`${currentCaller(extra).subject} deleted ${path}`);
      }),
    ),
  );
  server.registerTool('wait', {}, withCaller(tellAfterWaiting));
  server.registerTool(
    'purge',
    {},
    requirePermission('admin')((extra) => says(currentCaller(extra).subject)),
  );
  server.registerPrompt(
    'summary',
    { argsSchema: { topic: CursorSchema } },
    requireScopes('files:read')(({ topic }, _extra) => prompt(`${topic} for ${currentCaller().subject}`)),
  );
  server.registerResource(
    'one',
    'files://one',
    {},
    requireScopes('files:read')((uri, _extra) => contents(uri, 'one')),
  );
  server.registerResource(
    'any',
    new ResourceTemplateV1('files://any/{name}', { list: undefined }),
    {},
    requireScopes('files:read')((uri, variables, _extra) => contents(uri, String(variables['name']))),
  );
  return server;
}

function serverV2(): McpServerV2 {
  const server = new McpServerV2({ name: 'files', version: '1.0.0' });
  const properties = { path: { type: 'string' }, progress: { type: 'number' } };
  server.registerTool(
    'delete_file',
    { inputSchema: fromJsonSchema<{ path: string; progress?: number }>({ type: 'object', properties }) },
    requireTenant('acme')(
      requireScopes('files:write')(({ path, progress }, ctx) => {
        expectTypeOf(path).toEqualTypeOf<string>();
        expectTypeOf(progress).toEqualTypeOf<number | undefined>();
        expectTypeOf(ctx.mcpReq.signal).toEqualTypeOf<AbortSignal>();
        return says(`${currentCaller(ctx).subject} deleted ${path}`);
      }),
    ),
  );
  server.registerTool('wait', {}, withCaller(tellAfterWaiting));
  server.registerTool(
    'purge',
    {},
    requirePermission('admin')((ctx) => says(currentCaller(ctx).subject)),
  );
  server.registerPrompt(
    'summary',
    { argsSchema: fromJsonSchema<{ topic: string }>({ type: 'object', properties: { topic: { type: 'string' } } }) },
    requireScopes('files:read')(({ topic }, _ctx) => prompt(`${topic} for ${currentCaller().subject}`)),
  );
  server.registerResource(
    'one',
    'files://one',
    {},
    requireScopes('files:read')((uri, _ctx) => contents(uri, 'one')),
  );
  server.registerResource(
    'any',
    new ResourceTemplateV2('files://any/{name}', { list: undefined }),
    {},
    requireScopes('files:read')((uri, variables, _ctx) => contents(uri, String(variables['name']))),
  );
  return server;
}

/** One session, on which every message may come from somebody else, as a transport passes them on. */
interface Session {
  ask(method: string, params: object, authInfo?: AuthInfo): Promise<Record<string, unknown>>;
  close(): Promise<void>;
}

interface ClientSide {
  onmessage?: ((message: never) => void) | undefined;
  start(): Promise<void>;
  send(message: never, options?: { authInfo?: AuthInfo }): Promise<void>;
  close(): Promise<void>;
}

async function openSession(transport: ClientSide): Promise<Session> {
  const waiting = new Map<unknown, (message: Record<string, unknown>) => void>();
  let lastId = 0;
  transport.onmessage = (message: JSONRPCMessage) => {
    if ('id' in message) waiting.get(message.id)?.(message);
  };
  await transport.start();
  const send = (message: object, authInfo?: AuthInfo) =>
    transport.send({ jsonrpc: '2.0', ...message } as never, authInfo === undefined ? {} : { authInfo });
  const session: Session = {
    async ask(method, params, authInfo) {
      lastId += 1;
      const id = lastId;
      const answered = new Promise<Record<string, unknown>>((resolve) => waiting.set(id, resolve));
      await send({ id, method, params }, authInfo);
      return answered;
    },
    close: () => transport.close(),
  };
  const clientInfo = { name: 'client', version: '1.0.0' };
  await session.ask('initialize', { protocolVersion: '2025-06-18', capabilities: {}, clientInfo });
  await send({ method: 'notifications/initialized' });
  return session;
}

async function openV1(): Promise<Session> {
  const [client, server] = TransportV1.createLinkedPair();
  await serverV1().connect(server);
  return openSession(client as ClientSide);
}

async function openV2(): Promise<Session> {
  const [client, server] = TransportV2.createLinkedPair();
  await serverV2().connect(server);
  return openSession(client as ClientSide);
}

describe.each([
  ['SDK v1', openV1],
  ['SDK v2', openV2],
])('handlers of %s', (_name, open) => {
  let session: Session | undefined;
  afterEach(() => session?.close());

  async function call(name: string, caller: Caller | undefined, args: object = {}): Promise<unknown> {
    session ??= await open();
    const authInfo = caller === undefined ? undefined : authInfoOf(caller);
    return (await session.ask('tools/call', { name, arguments: args }, authInfo))['result'];
  }
  const refused = (text: string) => ({
    content: [{ type: 'text', text: expect.stringContaining(text) }],
    isError: true,
  });

  it('run for a caller who may, and tell another what is needed', async () => {
    session = await open();
    const alice = callerWith({ tenantId: 'acme', scopes: ['files'] });
    expect(await call('delete_file', alice, { path: 'a.txt' })).toEqual(says('alice deleted a.txt'));
    expect(await call('delete_file', callerWith({ tenantId: 'acme', scopes: ['files:read'] }), { path: 'a' })).toEqual(
      refused('This needs the scope "files:write"'),
    );
    expect(await call('delete_file', { ...alice, tenantId: 'b' }, { path: 'a' })).toEqual(
      refused('not for your tenant'),
    );
    expect(await call('purge', alice)).toEqual(refused('This needs the permission "admin"'));
    expect(await call('purge', callerWith({ permissions: ['admin'] }))).toEqual(says('alice'));
    expect(await call('purge', undefined)).toEqual(refused('no guard stands before it'));
  });

  it('guard prompts, resources and templates alike', async () => {
    const opened = await open();
    session = opened;
    const reader = authInfoOf(callerWith({ scopes: ['files:read'] }));
    const nobody = authInfoOf(callerWith());
    const requests = [
      ['prompts/get', { name: 'summary', arguments: { topic: 'x' } }, prompt('x for alice')],
      ['resources/read', { uri: 'files://one' }, { contents: [{ uri: 'files://one', text: 'one' }] }],
      ['resources/read', { uri: 'files://any/b' }, { contents: [{ uri: 'files://any/b', text: 'b' }] }],
    ] as const;
    for (const [method, params, result] of requests) {
      expect((await opened.ask(method, params, reader))['result']).toMatchObject(result);
      expect((await opened.ask(method, params, nobody))['error']).toMatchObject({
        message: expect.stringContaining('This needs the scope "files:read"'),
      });
    }
  });

  it("TN-01 never see each other's caller, where two call at once on one session", async () => {
    session = await open();
    const subjects = ['alice', 'bob', 'alice', 'carol'];
    expectAtGate(subjects.length);
    const told = await Promise.all(subjects.map((subject) => call('wait', callerWith({ subject }))));
    expect(told).toEqual(subjects.map((subject) => says(`${subject} ${subject}`)));
  });
});
