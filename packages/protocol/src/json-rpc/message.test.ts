import { describe, expect, it } from 'vitest';
import { formatJsonRpcError, parseJsonRpc, SPAN } from './message.js';

function outcome(input: unknown): string {
  const parsed = parseJsonRpc(typeof input === 'string' ? input : JSON.stringify(input));
  if (!parsed.ok) return `${parsed.failure.code} ${parsed.failure.reason}`;
  return parsed.value.kind === 'batch' ? `batch ${parsed.value.messages.length}` : parsed.value.message.body.kind;
}

describe('parseJsonRpc', () => {
  it.each([
    ['request', { jsonrpc: '2.0', id: 0, method: 'tools/list' }],
    ['request', { jsonrpc: '2.0', id: 'a', method: 'tools/call', params: { name: 'x', constructor: 1 } }],
    ['notification', { jsonrpc: '2.0', method: 'notifications/initialized' }],
    ['response', { jsonrpc: '2.0', id: 3, result: {} }],
    ['response', { jsonrpc: '2.0', id: null, error: { code: -32600, message: 'x' } }],
    [
      'batch 2',
      [
        { jsonrpc: '2.0', id: 1, method: 'ping' },
        { jsonrpc: '2.0', method: 'x' },
      ],
    ],
  ])('reads a %s', (expected, message) => {
    expect(outcome(message)).toBe(expected);
  });

  it.each([
    ['-32600 unknown_member', { jsonrpc: '2.0', id: 1, method: 'ping', Method: 'tools/call' }],
    ['-32600 look_alike_member', { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'a', Name: 'b' } }],
    ['-32600 bad_id', { jsonrpc: '2.0', id: null, method: 'ping' }],
    ['-32600 bad_id', { jsonrpc: '2.0', id: 1.5, method: 'ping' }],
    ['-32600 bad_id', { jsonrpc: '2.0', id: [1], method: 'ping' }],
    ['-32600 bad_method', { jsonrpc: '2.0', id: 1, method: 7 }],
    ['-32600 bad_params', { jsonrpc: '2.0', id: 1, method: 'ping', params: [1] }],
    ['-32600 neither_call_nor_answer', { jsonrpc: '2.0', id: 1, result: {}, error: {} }],
    ['-32600 call_with_answer', { jsonrpc: '2.0', id: 1, method: 'ping', result: {} }],
    ['-32600 not_jsonrpc_2', { jsonrpc: '1.0', id: 1, method: 'ping' }],
    ['-32600 empty_batch', []],
    ['-32600 not_an_object', [[{ jsonrpc: '2.0', id: 1, method: 'ping' }]]],
    ['-32600 batch_too_long', Array.from({ length: 101 }, () => ({ jsonrpc: '2.0', method: 'x' }))],
    ['-32600 not_an_object', null],
    ['-32700 duplicate_member', '{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call"}'],
    ['-32700 syntax', 'hello'],
  ])('GW-09 answers %s', (expected, message) => {
    expect(outcome(message)).toBe(expected);
  });

  it('keeps prototype members inert', () => {
    expect(
      outcome('{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"constructor":{"prototype":{"x":1}}}}'),
    ).toBe('request');
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });

  it('points at id and progress token', () => {
    const text = '{"jsonrpc":"2.0","id":"q","method":"tools/call","params":{"_meta":{"progressToken":4},"name":"n"}}';
    const parsed = parseJsonRpc(text);
    if (!parsed.ok || parsed.value.kind !== 'single') throw new Error('refused');
    const { spans } = parsed.value.message;
    const cut = (name: string): string => text.slice(spans.get(name)?.start, spans.get(name)?.end);
    expect([cut(SPAN.id), cut(SPAN.progressTokenOfRequest)]).toEqual(['"q"', '4']);
  });

  it('formats errors', () => {
    expect(formatJsonRpcError(null, -32700, 'no')).toBe(
      '{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"no"}}',
    );
  });
});
