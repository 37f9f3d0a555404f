import { type JsonRpcMessage, parseJsonRpc } from '@portcullis/protocol';
import { describe, expect, it } from 'vitest';
import { encodeHeaderValue, mirrorHeaders, revisionOf } from './message-headers.js';

const META = 'io.modelcontextprotocol/protocolVersion';

function message(json: Record<string, unknown>): JsonRpcMessage {
  const parsed = parseJsonRpc(JSON.stringify({ jsonrpc: '2.0', ...json }));
  if (!parsed.ok || parsed.value.kind !== 'single') throw new Error('no message');
  return parsed.value.message;
}

describe('the headers of a message', () => {
  it('repeat revision, method and name from 2026-07-28 on', () => {
    const call = message({ id: 1, method: 'tools/call', params: { name: 'x', _meta: { [META]: '2026-07-28' } } });
    expect(revisionOf(call)).toBe('2026-07-28');
    expect(mirrorHeaders(call, '2026-07-28')).toEqual({
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': 'x',
    });
    const read = message({ id: 1, method: 'resources/read', params: { uri: 'notes://ä' } });
    expect(mirrorHeaders(read, '2026-07-28')['mcp-name']).toBe('=?base64?bm90ZXM6Ly/DpA==?=');
    expect(mirrorHeaders(message({ id: 1, method: 'tools/list' }), '2026-07-28')).not.toHaveProperty('mcp-name');
    expect(mirrorHeaders(call, '2025-11-25')).toEqual({ 'mcp-protocol-version': '2025-11-25' });
  });

  it.each(['', 'a\r\nx-evil: 1', 7, ['2026-07-28']])('take no revision that could not stand in one: %j', (version) => {
    expect(revisionOf(message({ id: 1, method: 'ping', params: { _meta: { [META]: version } } }))).toBeUndefined();
  });

  it.each([
    ['read_file', 'read_file'],
    ['two words', 'two words'],
    ['', ''],
    [' padded ', '=?base64?IHBhZGRlZCA=?='],
    ['a\r\nb', '=?base64?YQ0KYg==?='],
    ['=?base64?literal?=', '=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?='],
  ])('encode %j as %j', (name, value) => {
    expect(encodeHeaderValue(name)).toBe(value);
  });
});
