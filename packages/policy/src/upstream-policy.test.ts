import type { JsonRpcMessage } from '@portcullis/protocol';
import { describe, expect, it } from 'vitest';
import { DEFAULT_METHOD_RULES } from './method-rules.js';
import { DEFAULT_SCOPES } from './scopes.js';
import { createUpstreamPolicy } from './upstream-policy.js';

const request = (method: string, params?: Record<string, unknown>): JsonRpcMessage['body'] =>
  ({ kind: 'request', id: 1, method, params }) as JsonRpcMessage['body'];

const all = ['mcp:tools', 'mcp:resources:read', 'mcp:prompts:read'];
const policy = createUpstreamPolicy();

function outcome(message: JsonRpcMessage['body'], held: readonly string[], of = policy): string {
  const decision = of.decide(message, held);
  return decision.outcome === 'insufficient_scope' ? decision.requiredScopes.join(' ') : decision.outcome;
}

describe('createUpstreamPolicy, nothing configured', () => {
  it.each([
    ['tools/list', {}, 'mcp:tools:read'],
    ['tools/call', { name: 'x' }, 'mcp:tools:execute'],
    ['resources/list', {}, 'mcp:resources:read'],
    ['resources/templates/list', {}, 'mcp:resources:read'],
    ['resources/read', { uri: 'file:///x' }, 'mcp:resources:read'],
    ['resources/subscribe', { uri: 'file:///x' }, 'mcp:resources:read'],
    ['resources/unsubscribe', { uri: 'file:///x' }, 'mcp:resources:read'],
    ['prompts/list', {}, 'mcp:prompts:read'],
    ['prompts/get', { name: 'x' }, 'mcp:prompts:read'],
    ['completion/complete', { ref: {} }, 'mcp:prompts:read'],
    ['subscriptions/listen', { notifications: { toolsListChanged: true } }, 'mcp:tools:read'],
    [
      'subscriptions/listen',
      { notifications: { promptsListChanged: true, resourceSubscriptions: ['file:///x'], toolsListChanged: false } },
      'mcp:prompts:read mcp:resources:read',
    ],
    [
      'subscriptions/listen',
      { notifications: { somethingNew: true } },
      'mcp:tools:read mcp:prompts:read mcp:resources:read',
    ],
    [
      'subscriptions/listen',
      { notifications: { constructor: true } },
      'mcp:tools:read mcp:prompts:read mcp:resources:read',
    ],
    ['subscriptions/listen', {}, 'mcp:tools:read mcp:prompts:read mcp:resources:read'],
  ])('GW-11 %s %j needs %s and is allowed with it', (method, params, needed) => {
    expect(outcome(request(method, params), [])).toBe(needed);
    const others = DEFAULT_SCOPES.map(({ name }) => name).filter(
      (name) => name !== 'mcp:tools' && !needed.includes(name),
    );
    expect(outcome(request(method, params), others)).toBe(needed);
    expect(outcome(request(method, params), needed.split(' '))).toBe('allow');
    expect(outcome(request(method, params), all)).toBe('allow');
  });

  it.each(['initialize', 'ping', 'server/discover', 'logging/setLevel'])(
    'GW-11 %s needs a valid token only',
    (method) => {
      expect(outcome(request(method), [])).toBe('allow');
    },
  );

  it.each(['tasks/get', 'tasks/cancel', 'x/y', 'Tools/call', 'tools/call ', 'constructor', '__proto__'])(
    'GW-11 refuses the method "%s", whatever the scopes',
    (method) => {
      expect(outcome(request(method), all)).toBe('unknown_method');
    },
  );

  it('lets notifications and answers to the server pass', () => {
    expect(outcome({ kind: 'notification', method: 'notifications/initialized', params: undefined }, [])).toBe('allow');
    expect(outcome({ kind: 'response', id: 1, isError: false, errorCode: undefined }, [])).toBe('allow');
  });

  it('refuses a call that does not say what it acts on', () => {
    expect(outcome(request('tools/call', {}), all)).toBe('invalid_params');
    expect(outcome(request('tools/call', { name: ['x'] }), all)).toBe('invalid_params');
    expect(outcome(request('resources/read'), all)).toBe('invalid_params');
  });

  it.each([
    'mcp:tools:executed',
    'MCP:TOOLS:EXECUTE',
    'mcp:tools:execute,x',
    'mcp:tools:*',
    '*',
    'mcp',
    'mcp:tools:execute\u00a0x',
    'mcp:tools:еxecute',
  ])('RS-12 "%s" opens nothing', (scope) => {
    expect(outcome(request('tools/call', { name: 'x' }), [scope])).toBe('mcp:tools:execute');
  });

  it('covers every scope a default rule names', () => {
    const names = new Set(DEFAULT_SCOPES.map(({ name }) => name));
    const ruled = Object.values(DEFAULT_METHOD_RULES).flatMap((rule) =>
      typeof rule === 'function' ? [] : rule.scopes,
    );
    expect(ruled.every((scope) => names.has(scope))).toBe(true);
  });
});

describe('createUpstreamPolicy, configured', () => {
  const files = createUpstreamPolicy({
    scopes: [
      { name: 'files:read', description: 'Read files' },
      { name: 'files:write', description: 'Change files', implies: ['files:read'] },
    ],
    defaultScopes: ['files:read'],
    methods: { 'tools/list': ['files:read'], 'tools/call': ['files:write'], 'tasks/get': ['files:read'] },
    tools: { read_file: ['files:read'], move_file: ['files:read', 'files:write'] },
  });

  it('decides by tool, exactly, and names all that is missing at once', () => {
    expect(outcome(request('tools/call', { name: 'read_file' }), ['files:read'], files)).toBe('allow');
    expect(outcome(request('tools/call', { name: 'delete_file' }), ['files:read'], files)).toBe('files:write');
    expect(outcome(request('tools/call', { name: 'READ_FILE' }), ['files:read'], files)).toBe('files:write');
    expect(outcome(request('tools/call', { name: 'read_file ' }), ['files:read'], files)).toBe('files:write');
    expect(outcome(request('tools/call', { name: 'move_file' }), [], files)).toBe('files:read files:write');
    expect(outcome(request('tools/call', { name: 'move_file' }), ['files:write'], files)).toBe('allow');
  });

  it('opens a method that the configuration names, and no default one whose scope it lacks', () => {
    expect(outcome(request('tasks/get'), ['files:read'], files)).toBe('allow');
    expect(outcome(request('prompts/list'), ['mcp:prompts:read'], files)).toBe('unknown_method');
  });

  it('refuses scopes that are used but not defined', () => {
    expect(() => createUpstreamPolicy({ tools: { x: ['nope'] } })).toThrow('"nope"');
    expect(() => createUpstreamPolicy({ methods: { x: ['nope'] } })).toThrow(RangeError);
    expect(() => createUpstreamPolicy({ defaultScopes: ['nope'] })).toThrow(RangeError);
    expect(() => createUpstreamPolicy({ scopes: [{ name: 'a', description: '', implies: ['nope'] }] })).toThrow(
      RangeError,
    );
  });
});
