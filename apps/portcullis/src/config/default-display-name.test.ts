import { expect, it } from 'vitest';
import { defaultDisplayName } from './default-display-name.js';

const LOCAL = 'http://127.0.0.1:8808';

it.each<[Parameters<typeof defaultDisplayName>[0], string]>([
  [{ url: 'http://127.0.0.1:3001/mcp' }, 'MCP server at 127.0.0.1:3001'],
  [{ command: '/usr/bin/notes', args: ['--flag'] }, 'MCP server notes'],
  [{ command: 'node', args: ['dist/server.js', '--flag'] }, 'MCP server server.js'],
  [{ command: 'npx', args: ['-y', '@scope/server-files', '/srv'] }, 'MCP server @scope/server-files'],
  [{ command: 'python3', args: ['-m', 'notes'] }, 'MCP server notes'],
  [{ command: 'node', args: ['--import', 'x', 'server.js'] }, 'MCP server node'],
  [{ command: 'npx' }, 'MCP server npx'],
])('an upstream that only this computer reaches is told by itself: %j', (upstream, name) => {
  expect(defaultDisplayName(upstream, LOCAL)).toBe(name);
});

it('beyond this computer, where an upstream is stays untold', () => {
  for (const upstream of [{ url: 'http://canary.internal:3001/mcp' }, { command: '/opt/canary' }]) {
    expect(defaultDisplayName(upstream, 'https://gate.example.com')).toBe('MCP server at gate.example.com');
  }
});
