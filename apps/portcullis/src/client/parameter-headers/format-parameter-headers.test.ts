import { describe, expect, it } from 'vitest';
import { formatParameterHeaders } from './format-parameter-headers.js';

const A = [{ path: ['a'], header: 'mcp-param-a' }];

describe('the headers of marked arguments', () => {
  // The first five are the examples of the specification.
  it.each([
    ['us-west1', 'us-west1'],
    ['Hello, 世界', '=?base64?SGVsbG8sIOS4lueVjA==?='],
    [' padded ', '=?base64?IHBhZGRlZCA=?='],
    ['line1\nline2', '=?base64?bGluZTEKbGluZTI=?='],
    ['=?base64?literal?=', '=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?='],
    ['a\r\nauthorization: Bearer x', '=?base64?YQ0KYXV0aG9yaXphdGlvbjogQmVhcmVyIHg=?='],
    ['two words', 'two words'],
    ['', ''],
    [42, '42'],
    [-7, '-7'],
    [Number.MAX_SAFE_INTEGER, '9007199254740991'],
    [true, 'true'],
    [false, 'false'],
  ])('write %j as %j', (value, written) => {
    expect(formatParameterHeaders(A, { a: value })).toEqual({ 'mcp-param-a': written });
  });

  it.each([null, [], ['x'], {}, 2 ** 53, -(2 ** 53)])('leave out %j', (value) => {
    expect(formatParameterHeaders(A, { a: value })).toEqual({});
  });

  it('read the exact path, and own members alone', () => {
    const marked = [
      { path: ['where', 'region'], header: 'mcp-param-region' },
      { path: ['constructor', 'name'], header: 'mcp-param-name' },
      { path: ['text', 'length'], header: 'mcp-param-length' },
      { path: ['list', '0'], header: 'mcp-param-first' },
    ];
    const args = { where: { region: 'eu' }, region: 'us', text: 'abc', list: ['x'] };
    expect(formatParameterHeaders(marked, args)).toEqual({ 'mcp-param-region': 'eu' });
    expect(formatParameterHeaders(marked, { where: 'eu' })).toEqual({});
    expect(formatParameterHeaders(marked, undefined)).toEqual({});
  });

  it('are not made where they are longer than a server takes', () => {
    const marked = [...A, { path: ['b'], header: 'mcp-param-b' }];
    expect(formatParameterHeaders(marked, { a: 'x'.repeat(8000), b: 'y'.repeat(8000) })).toHaveProperty('mcp-param-b');
    expect(() => formatParameterHeaders(marked, { a: 'x'.repeat(9000), b: 'y'.repeat(9000) })).toThrow(
      expect.objectContaining({ reason: 'header_too_large' }),
    );
  });
});
