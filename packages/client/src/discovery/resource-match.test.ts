import { describe, expect, it } from 'vitest';
import { isResourceOf } from './resource-match.js';

const SERVER = new URL('https://h.example/a/mcp');

describe('whose metadata speak for a server (CL-02)', () => {
  it.each([
    'https://h.example/a/mcp',
    'https://h.example/a/mcp/',
    'https://h.example/a',
    'https://h.example/a/',
    'https://h.example/',
    'https://h.example',
    'HTTPS://H.example/a/mcp',
  ])('%s does', (resource) => {
    expect(isResourceOf(resource, SERVER)).toBe(true);
  });

  it.each([
    'http://h.example/a/mcp',
    'https://other.example/a/mcp',
    'https://h.example:8443/a/mcp',
    'https://h.example/a/mc',
    'https://h.example/a/mcp2',
    'https://h.example/a/mcp/deeper',
    'https://h.example/b',
    'https://h.example/a/mcp?tenant=x',
    'https://h.example/a/mcp#x',
    'https://u@h.example/a/mcp',
    'https://h.example.evil.example/a/mcp',
    'https://h.example/a/../../b',
    'a/mcp',
    '',
  ])('%s does not', (resource) => {
    expect(isResourceOf(resource, SERVER)).toBe(false);
  });
});
