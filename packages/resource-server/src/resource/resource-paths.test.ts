import { describe, expect, it } from 'vitest';
import { ResourcePaths } from './resource-paths.js';

const paths = new ResourcePaths('/a/mcp', 'https://gw.test/.well-known/oauth-protected-resource/a/mcp');

describe('ResourcePaths', () => {
  it.each([
    '/a/mcp',
    '/a/mcp?x=1',
    '/a/mcp#x',
    '/a/mcp/',
    '/a/mcp/session',
    '//a//mcp',
    '/A/MCP',
    '/a/%6dcp',
    '/a%2fmcp',
    '/a/%256dcp',
    '/./a/x/../mcp',
    '/a//../mcp',
    '/a/mcp/../x',
    '/a/mcp/..%2f..%2fx',
    '/x;/../a/mcp',
    '/a/mcp;x=1',
    '/a/mcp%3fx',
    '\\a\\mcp',
    '/a/m\tcp',
    'http://evil.test/a/mcp',
    'http://evil.test/a/mcp?x',
  ])('takes %j for the resource, as some router would', (target) => {
    expect(paths.placeOf(target)).toBe('resource');
  });

  it.each(['/', '/a', '/b/mcp', '/a/mcp2', '/a/mc', '/health?next=/a/mcp', '*', '', '/%', '/%zz', '/..'])(
    'leaves %j to others',
    (target) => {
      expect(paths.placeOf(target)).toBe('elsewhere');
    },
  );

  it('serves metadata at the one place of RFC 9728 §3.1', () => {
    const root = '/.well-known/oauth-protected-resource';
    expect(paths.placeOf(`${root}/a/mcp`)).toBe('metadata');
    expect(paths.placeOf(`${root}/a/mcp?x`)).toBe('metadata');
    expect(paths.placeOf(root)).toBe('elsewhere');
    expect(paths.placeOf(`${root}/a/MCP`)).toBe('elsewhere');
  });

  it('takes everything but well-known documents for a resource that is the whole host', () => {
    const host = new ResourcePaths('/', 'https://gw.test/.well-known/oauth-protected-resource');
    expect(host.placeOf('/')).toBe('resource');
    expect(host.placeOf('/mcp')).toBe('resource');
    expect(host.placeOf('/.well-known/oauth-protected-resource')).toBe('metadata');
    expect(host.placeOf('/.well-known/openid-configuration')).toBe('well_known');
    expect(host.placeOf('/x/../.well-known/openid-configuration')).toBe('resource');
    expect(host.placeOf('/.well-known/../mcp')).toBe('resource');
  });
});
