import { describe, expect, it } from 'vitest';
import { formatToolResult, formatTools } from './format-tools.js';

describe('formatTools', () => {
  it('shows names, arguments and what a tool does', () => {
    const inputSchema = { type: 'object', properties: { path: {}, mode: {} }, required: ['path'] };
    const tools = [{ name: 'write', description: 'Writes\n  a file', inputSchema }, { name: 'list' }];
    expect(formatTools(tools)).toBe('write(path, mode?)\n    Writes a file\nlist()');
    expect(formatTools([])).toContain('no tools');
  });

  it('CX-03 lets no name or description command the terminal', () => {
    const properties = { 'a\u001b]52;c;aGk=\u0007': {} };
    const text = formatTools([
      {
        name: 'x\u001b[2J\nfake()',
        description: 'a\u202eb\u009b1m\r\u001b]8;;http://evil\u0007',
        inputSchema: { properties },
      },
      { name: 7, description: ['x'], inputSchema: 'none' },
    ]);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are exactly what is looked for
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(text.split('\n')).toHaveLength(3);
  });
});

describe('formatToolResult', () => {
  it('shows texts, and says what else there is', () => {
    const content = [
      { type: 'text', text: 'one\ntwo\tthree' },
      { type: 'image', mimeType: 'image/png', data: 'AAAA' },
      { type: 'resource_link', uri: 'notes://a' },
      { type: 'resource', resource: { uri: 'notes://b', text: 'inside' } },
    ];
    expect(formatToolResult({ content })).toBe(
      'one\ntwo    three\n[image image/png, 3 bytes; --json has them]\n[resource_link notes://a]\ninside',
    );
    expect(formatToolResult({ content: [], structuredContent: { a: 1 } })).toBe('{\n  "a": 1\n}');
  });

  it('CX-03 cleans what a tool answers', () => {
    const text = formatToolResult({ content: [{ type: 'text', text: 'a\u001b]52;c;x\u0007\r\nb\u009b2J\rc' }] });
    expect(text).toBe('a]52;c;x\nb2Jc');
  });
});
