import { expect, it } from 'vitest';
import { decodeMcpHeader } from './mcp-header.js';

it('GW-08 decodes plain and base64 values as the specification shows them', () => {
  expect(decodeMcpHeader('us-west1')).toBe('us-west1');
  expect(decodeMcpHeader('=?base64?SGVsbG8sIOS4lueVjA==?=')).toBe('Hello, 世界');
  expect(decodeMcpHeader('=?base64?IHBhZGRlZCA=?=')).toBe(' padded ');
  expect(decodeMcpHeader('=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?=')).toBe('=?base64?literal?=');
  expect(decodeMcpHeader('=?base64??=')).toBe('');
  expect(decodeMcpHeader('=?BASE64?eA==?=')).toBe('=?BASE64?eA==?=');
});

it('GW-08 refuses base64 that has a second spelling, bytes that are no UTF-8, and other characters', () => {
  for (const value of [
    '=?base64?eA?=',
    '=?base64?eB==?=',
    '=?base64?e A==?=',
    '=?base64?_-==?=',
    '=?base64?/w==?=',
    'größe',
  ]) {
    expect(decodeMcpHeader(value), value).toBeUndefined();
  }
});
