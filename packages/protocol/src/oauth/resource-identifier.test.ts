import { describe, expect, it } from 'vitest';
import { foldResourceIdentifier } from './resource-identifier.js';

describe('foldResourceIdentifier', () => {
  it.each([
    ['https://h', 'https://h/'],
    ['https://h/', 'https://h/'],
    ['HTTPS://Gate.Example/mcp', 'https://gate.example/mcp'],
    ['https://h/Mcp', 'https://h/Mcp'],
    ['https://h/mcp/', 'https://h/mcp/'],
    ['https://h:443/mcp', 'https://h:443/mcp'],
    ['https://h?x=1', 'https://h?x=1'],
    ['http://[::1]:80/mcp', 'http://[::1]:80/mcp'],
  ])('%s becomes %s', (text, folded) => {
    expect(foldResourceIdentifier(text)).toBe(folded);
  });

  it.each([
    '',
    'mcp',
    '/mcp',
    'urn:x:y',
    'https:///mcp',
    'https://h/#f',
    'https://a@h/',
    'https://h\\@e/',
    'https://h /',
  ])('refuses %j', (text) => {
    expect(foldResourceIdentifier(text)).toBeUndefined();
  });
});
